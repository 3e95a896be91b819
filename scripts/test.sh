#!/usr/bin/env bash
# Everything: unit tests, release build, end-to-end tests. The last line counts them all.
# Usage: scripts/test.sh        (EARSHOT_ONLY=unit|e2e runs one half)
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"
only=${EARSHOT_ONLY:-all}
results=$scratch/results
rm -rf "$results"
mkdir -p "$results"

say "[1/4] Debian packages"
roles=(build test)
[ "${CI:-}" != true ] || roles+=(ci)
"$root/scripts/install-packages.sh" "${roles[@]}"
need_swift

status=0
if [ "$only" != e2e ]; then
    say "[2/4] unit tests (the first build takes some minutes)"
    if ! build_quietly "$scratch/debug-build.log" \
        swift build --scratch-path "$scratch" --build-tests; then
        echo "0 passed, 1 failed (the tests do not build)" | tee "$results/closing-line"
        exit 1
    fi
    # Only what went wrong and the suites are shown; the rest is in the log.
    set +e
    swift test --scratch-path "$scratch" --skip-build --xunit-output "$results/unit.xml" 2>&1 |
        tee "$results/unit.log" |
        grep --line-buffered -E '✘|error:|Fatal|Suite [A-Za-z0-9]+ (passed|failed)|Test run with|➜'
    [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
    set -e
fi
if [ "$only" != unit ]; then
    say "[3/4] release build"
    if "$root/scripts/build.sh"; then
        say "[4/4] end to end"
        python3 "$root/Tests/EndToEnd/run.py" --bin "$scratch/release" \
            --json "$results/e2e.json" || status=1
        say "      cluster and cloud"
        EARSHOT_BIN=$scratch/release "$root/scripts/test-deploy.sh" \
            --json "$results/deploy.json" || status=1
    else
        echo '{"passed": 0, "failed": 1, "skipped": 0}' >"$results/e2e.json"
        status=1
    fi
fi
set +e
python3 "$root/scripts/closing_line.py" "$results" "$status" | tee "$results/closing-line"
exit "${PIPESTATUS[0]}"
