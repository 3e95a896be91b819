#!/usr/bin/env bash
# The tests of what a user deploys on a cluster or in AWS: chart, templates, module, alerts.
# Usage: scripts/test-deploy.sh [--heavy] [arguments of Tests/EndToEnd/run.py]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=()
if [ "${1:-}" = --heavy ]; then
    shift
    export EARSHOT_DEPLOY=heavy
    tools=(--with-checkov)
    "$root/scripts/install-packages.sh" test ci deploy
fi
if ! python=$("$root/scripts/install-python-tools.sh" "${tools[@]}"); then
    # Without a network these tests skip; in CI that is a failure.
    [ "${CI:-}" != true ] || exit 69
    python=python3
fi
exec "$python" "$root/Tests/EndToEnd/run.py" --folder "$root/Tests/Deploy" "$@"
