# shellcheck shell=bash disable=SC2034
# Sourced by the other scripts: where things are, which Swift, how a release is built, how to speak.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 70

# Where SwiftPM builds. Another folder is used inside a container.
scratch=${EARSHOT_SCRATCH:-$root/.build}

# The one place that says what a release build is. Measured: cross-module optimisation is worth
# 8 to 25 times on what one module calls per packet in another; a static runtime needs no Swift
# on the machine that runs it.
release_flags=(-c release --static-swift-stdlib -Xswiftc -cross-module-optimization)

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi

say() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }

# Swift 6.3 or newer, else one line that says how to get it.
need_swift() {
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' |
        head -n 1) || true
    if [ -n "$version" ] && [ "$(printf '6.3\n%s\n' "$version" | sort -V | head -n 1)" = 6.3 ]; then
        return 0
    fi
    echo "Swift 6.3 is needed (found: ${version:-none}); get it with: curl -O" \
        "https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz && tar xzf" \
        "swiftly-$(uname -m).tar.gz && ./swiftly init    (https://www.swift.org/install/linux)" >&2
    return 69
}

# Runs a long command with its output in a log: only errors, warnings and progress are shown.
build_quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if "$@" 2>&1 | tee "$log" | show_progress; then return 0; fi
    grep -E 'error:|fatal' "$log" | sort -u | head -n 30 >&2
    echo "the whole output is in $log" >&2
    return 1
}

# On a terminal one changing line, else a line every 10 seconds at most.
show_progress() {
    if [ -t 1 ]; then
        while IFS= read -r line; do printf '\r\033[K%.100s' "$line"; done
        printf '\r\033[K'
    else
        local next=0 line
        while IFS= read -r line; do
            if [ "$SECONDS" -ge "$next" ]; then
                printf '    %.100s\n' "$line"
                next=$((SECONDS + 10))
            fi
        done
    fi
}
