#!/usr/bin/env bash
# Measures every stage on a generated capture. Usage: scripts/bench.sh [bench.py options]
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"
"$root/scripts/install-packages.sh" build
need_swift
"$root/scripts/build.sh"
exec python3 "$root/scripts/bench.py" --bin "$scratch/release" "$@"
