#!/usr/bin/env bash
# Shows Earshot at work here: live calls on loopback, or a replayed capture where sockets may not be
# opened, through the three processes, ending in a table. Unattended; leaves ./demo behind.
set -euo pipefail
# shellcheck source=scripts/swift.sh
. "$(dirname "${BASH_SOURCE[0]}")/swift.sh"

# Without Swift, the programs are built in Docker, as `make image` builds them, and the demo runs in
# that build's image.
if [ -z "${EARSHOT_BIN:-}" ] && ! need_swift 2>/dev/null; then
    docker info >/dev/null 2>&1 || need_swift || exit
    say "no Swift 6.3 here: building with Docker (some minutes the first time)"
    read -ra options <<<"${DOCKER_BUILD_OPTIONS:-}"
    build_quietly "$scratch/docker-build.log" docker build --network=host --target build \
        "${options[@]}" -t earshot-build -f deploy/Dockerfile .
    terminal=()
    [ ! -t 1 ] || terminal=(--tty)
    exec docker run --rm "${terminal[@]}" --network host --cap-add NET_RAW --cap-add NET_ADMIN \
        --volume "$root:/earshot" --workdir /earshot --env EARSHOT_BIN=/programs \
        earshot-build scripts/demo.sh
fi

say "[1/5] Debian packages"
if [ -n "${EARSHOT_BIN:-}" ]; then
    "$root/scripts/install-packages.sh" test
else
    "$root/scripts/install-packages.sh" build test
    say "[2/5] release build"
    "$root/scripts/build.sh"
fi
exec python3 "$root/scripts/demo.py" --bin "${EARSHOT_BIN:-$scratch/release}" --folder "$root/demo"
