#!/usr/bin/env bash
# Builds the executables for release. Usage: scripts/build.sh [PRODUCT]
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"

"$root/scripts/install-packages.sh" build
need_swift
product=()
[ $# -eq 0 ] || product=(--product "$1")
say "building for release (some minutes the first time)"
build_quietly "$scratch/release-build.log" \
    swift build --scratch-path "$scratch" "${release_flags[@]}" "${product[@]}"
echo "built in ${SECONDS} s: $scratch/release"
