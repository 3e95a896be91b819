#!/usr/bin/env bash
# Formats all Swift in place. Usage: scripts/format.sh
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"
need_swift
folders=()
for folder in Sources Tests Benchmarks Fuzz Package.swift; do
    [ ! -e "$folder" ] || folders+=("$folder")
done
swift format format --in-place --recursive --parallel "${folders[@]}"
find "${folders[@]}" -name '*.swift' -print0 | xargs -0 python3 scripts/wrap_comments.py
