#!/usr/bin/env bash
# What a machine can see: format, house rules, shell, Python, YAML. Usage: scripts/lint.sh
set -uo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"
need_swift || exit
if [ "${CI:-}" = true ]; then "$root/scripts/install-packages.sh" ci || exit; fi
status=0
check() {
    local name=$1 begin=$SECONDS
    shift
    if "$@"; then echo "ok      $name ($((SECONDS - begin)) s)"; else
        echo "FAILED  $name"
        status=1
    fi
}
# A tool that is not here is said, not passed over; in CI it must be here.
tool() {
    command -v "$1" >/dev/null && return 0
    if [ "${CI:-}" = true ]; then
        echo "FAILED  $1 is not installed"
        status=1
    else
        echo "skipped $1 (apt-get install $1)"
    fi
    return 1
}

folders=()
for folder in Sources Tests Benchmarks Fuzz Package.swift; do
    [ ! -e "$folder" ] || folders+=("$folder")
done
check "swift format" swift format lint --strict --recursive --parallel "${folders[@]}"
check "house rules" python3 scripts/tidy.py
mapfile -t shell_files < <(find scripts deploy Tests .ci -type f \
    \( -name '*.sh' -o -path '.ci/run' -o -path 'deploy/debian/*' \) | sort)
tool shellcheck && check shellcheck shellcheck -x "${shell_files[@]}"
mapfile -t python_files < <(find . -name '*.py' -not -path './.build/*' | sort)
# shellcheck disable=SC2317  # called through check
compile_python() {
    PYTHONDONTWRITEBYTECODE=1 python3 - "$@" <<'P'
import sys
for path in sys.argv[1:]:
    compile(open(path, encoding="utf-8").read(), path, "exec")
P
}
check "python" compile_python "${python_files[@]}"
# Helm templates are not YAML until they are rendered.
mapfile -t yaml_files < <(find . \( -name '*.yml' -o -name '*.yaml' \) -not -path './.build/*' \
    -not -path '*/templates/*' | sort)
if [ ${#yaml_files[@]} -gt 0 ] && tool yamllint; then
    rules='{line-length: {max: 120}, document-start: disable, '
    rules+='comments: {min-spaces-from-content: 1}}'
    check yamllint yamllint -s -d "{extends: default, rules: $rules}" "${yaml_files[@]}"
fi
tool promtool && check "alert rules" promtool test rules deploy/monitoring/alerts.test.yml
exit "$status"
