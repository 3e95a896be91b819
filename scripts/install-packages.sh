#!/usr/bin/env bash
# Installs the Debian packages of the roles given (build, run, test, ci) that are missing.
# The list is deploy/debian-packages. Usage: scripts/install-packages.sh ROLE…
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
list=${EARSHOT_PACKAGE_LIST:-$root/deploy/debian-packages}

if [ $# -eq 0 ]; then
    echo "usage: $0 build|run|test|ci …" >&2
    exit 64
fi

wanted=()
for role in "$@"; do
    mapfile -t of_role < <(awk -v role="$role" '$1 == role { print $2 }' "$list")
    if [ ${#of_role[@]} -eq 0 ]; then
        echo "install-packages: no role '$role' in $list" >&2
        exit 64
    fi
    wanted+=("${of_role[@]}")
done

if ! command -v dpkg-query >/dev/null; then
    echo "install-packages: no Debian or Ubuntu; install the like of: ${wanted[*]}" >&2
    exit 69
fi

missing=()
for package in "${wanted[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    # Unattended: sudo may ask only where somebody can answer.
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=(sudo)
    else
        echo "install-packages: not root, no sudo; please run: apt-get install ${missing[*]}" >&2
        exit 77
    fi
fi

echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" \
        >"$log" 2>&1 </dev/null
}
fail() {
    tail -n 15 "$log" >&2
    echo "install-packages: $1" >&2
    exit 69
}
apt update || fail "apt-get update failed (is there a network?)"
apt install -y --no-install-recommends "${missing[@]}" || fail "apt-get install failed"
