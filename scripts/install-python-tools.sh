#!/usr/bin/env bash
# Installs what the tests of deploy/ need from PyPI, at the versions that requirements*.txt in
# Tests/Deploy name, into environments of its own below .build. Prints the Python of the first.
# Usage: scripts/install-python-tools.sh [--with-checkov]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
place=${EARSHOT_PYTHON_TOOLS:-$root/.build/python-tools}

install() {
    local name=$1 list=$2 stamp
    stamp=$place/$name/installed-$(sha256sum "$list" | cut -c1-16)
    if [ -e "$stamp" ]; then return; fi
    echo "installing Python tools: $name (a minute or two)" >&2
    rm -rf "${place:?}/$name"
    mkdir -p "$place"
    if ! { python3 -m venv "$place/$name" &&
        "$place/$name/bin/pip" --quiet --disable-pip-version-check install -r "$list"; } >&2; then
        rm -rf "${place:?}/$name"
        echo "install-python-tools: $list cannot be installed (is there a network? python3-venv?)" >&2
        exit 69
    fi
    touch "$stamp"
}

install tools "$root/Tests/Deploy/requirements.txt"
if [ "${1:-}" = --with-checkov ]; then install checkov "$root/Tests/Deploy/requirements-checkov.txt"; fi
echo "$place/tools/bin/python"
