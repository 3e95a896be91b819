#!/usr/bin/env bash
# Shows Earshot at work here: live calls on loopback, or a replayed capture where sockets may not be
# opened, through the three processes, ending in a table. Unattended; leaves ./demo behind.
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"

# Without Swift, the same script runs in the Swift image, with a build folder of its own.
if ! need_swift 2>/dev/null; then
    if [ -z "${EARSHOT_IN_CONTAINER:-}" ] && docker info >/dev/null 2>&1; then
        say "no Swift 6.3 here: using Docker (image swift:6.3-bookworm)"
        terminal=()
        [ ! -t 1 ] || terminal=(--tty)
        exec docker run --rm "${terminal[@]}" --network host --cap-add NET_RAW --cap-add NET_ADMIN \
            --volume "$root:/earshot" --volume earshot-demo-build:/build --workdir /earshot \
            --env EARSHOT_IN_CONTAINER=1 --env EARSHOT_SCRATCH=/build \
            swift:6.3-bookworm scripts/demo.sh
    fi
    need_swift || exit
fi

say "[1/5] Debian packages"
"$root/scripts/install-packages.sh" build test
say "[2/5] release build"
"$root/scripts/build.sh"
exec python3 "$root/scripts/demo.py" --bin "$scratch/release" --folder "$root/demo"
