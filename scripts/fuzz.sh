#!/usr/bin/env bash
# Fuzzes every decoder with libFuzzer: seeds of Fuzz/seeds.py, findings of Fuzz/findings.
# Usage: scripts/fuzz.sh [DRIVER...]     SECONDS_EACH=600 for each driver; JOBS=1 at once
# A finding is left in .build/fuzz/found/<driver>; once fixed it belongs into Fuzz/findings as hex.
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"
seconds=${SECONDS_EACH:-600}
drivers=("$@")
if [ $# -eq 0 ]; then
    drivers=(capture packet segments http1 http2 websocket snapshot body rules record lz4 state)
fi
place=$root/.build/fuzz
need_swift
mkdir -p "$place"
export EARSHOT_FUZZ=1
if [ -z "${FUZZ_BINARY:-}" ]; then
    build_quietly "$place/build.log" swift build --package-path "$root" \
        --scratch-path "$place/build" -c release -Xswiftc -sanitize=fuzzer --product fuzz
    FUZZ_BINARY=$place/build/release/fuzz
fi
unset EARSHOT_FUZZ

fuzz_one() { # DRIVER
    local driver=$1 corpus=$place/corpus/$1 found=$place/found/$1
    mkdir -p "$corpus" "$found"
    # Swift's own backtrace would come before libFuzzer writes the input down.
    SWIFT_BACKTRACE=enable=no EARSHOT_FUZZ_DRIVER=$driver timeout $((seconds * 2 + 120)) "$FUZZ_BINARY" \
        "$corpus" "$place/seeds/$driver" -artifact_prefix="$found/" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
        -print_final_stats=1 >"$place/$driver.log" 2>&1 || {
        tail -n 30 "$place/$driver.log" >&2
        echo "fuzz: $driver found something: $found" >&2
        return 1
    }
    echo "fuzz: $driver: $(grep -o 'number_of_executed_units: .*' "$place/$driver.log" |
        tr -s ' ') in $seconds s, no finding"
}

rm -rf "$place/seeds"
python3 "$root/Fuzz/seeds.py" "$place/seeds"
# What earlier runs found: <driver>-<what>.hex.
for file in "$root"/Fuzz/findings/*.hex; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .hex)
    tr -d ' \n' <"$file" | xxd -r -p >"$place/seeds/${name%%-*}/$name"
done
status=0
running=0
for driver in "${drivers[@]}"; do
    fuzz_one "$driver" &
    running=$((running + 1))
    if [ "$running" -ge "${JOBS:-1}" ]; then
        wait -n || status=1
        running=$((running - 1))
    fi
done
while [ "$running" -gt 0 ]; do
    wait -n || status=1
    running=$((running - 1))
done
exit "$status"
