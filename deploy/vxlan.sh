#!/usr/bin/env bash
# The device for mirrored traffic: what guides to VPC Traffic Mirroring call vx0.
#
#   vxlan.sh up    --vni 8864121 --remote 172.31.0.210 [--local 172.31.15.169] [--dev eth0]
#                  [--name vx0] [--port 4789] [--mtu N]
#   vxlan.sh check [the same]     says what is there, what is wrong, and the command that heals it
#   vxlan.sh down  [--name vx0]
#
# `local` is THIS machine, the listener that receives the mirror; `remote` is the machine whose
# traffic is mirrored (the talker). Both are found or checked: --local by default is the address
# that reaches --remote. Run again, `up` changes what differs and nothing else.
#
# Earshot needs no such device: earshot-capture on eth0 unwraps VXLAN itself, for every VNI. Use it
# when other tools (tcpdump) are to see the inner packets, or where a guide asks for it.
set -euo pipefail

name=vx0 port=4789 vni='' here='' remote='' lower='' mtu=''

say() { echo "vxlan.sh: $*"; }
fail() {
    echo "vxlan.sh: $1" >&2
    exit "${2:-64}"
}

usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

number() { # name value most
    if ! [[ $2 =~ ^[0-9]{1,9}$ ]] || [ "$2" -gt "$3" ]; then
        fail "--$1: '$2' is not a number from 0 to $3"
    fi
}

action=${1:-}
[ $# -eq 0 ] || shift
case $action in
up | down | check) ;;
-h | --help)
    usage
    exit 0
    ;;
*) fail "say up, down or check (see --help)" ;;
esac
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || fail "$1 wants a value"
    case $1 in
    --vni) vni=$2 ;;
    --local) here=$2 ;;
    --remote) remote=$2 ;;
    --dev) lower=$2 ;;
    --name) name=$2 ;;
    --port) port=$2 ;;
    --mtu) mtu=$2 ;;
    *) fail "no such option: $1 (see --help)" ;;
    esac
    shift 2
done
number port "$port" 65535
[ -z "$vni" ] || number vni "$vni" 16777215
[[ $name =~ ^[A-Za-z0-9_.-]{1,15}$ ]] || fail "--name: '$name' is no name of a device"
command -v ip >/dev/null || fail "ip is missing (apt-get install iproute2)" 69

exists() { ip link show dev "$name" >/dev/null 2>&1; }
# A word of the device's details: `detail id` after `vxlan id 42 local …`.
detail() {
    ip -d link show dev "$name" | sed -n "s/.*vxlan id/id/p" | tr -s ' ' '\n' |
        awk -v key="$1" 'previous == key && !found { print; found = 1 } { previous = $0 }'
}
mtu_of() { cat "/sys/class/net/$1/mtu"; }

# Fills in what was not said from the route to the remote machine.
complete() {
    [ -n "$vni" ] || fail "--vni is missing: the VXLAN network identifier of the mirror session"
    [ -n "$remote" ] || fail "--remote is missing: the machine whose traffic is mirrored (the talker)"
    local route
    route=$(ip -o route get "$remote" 2>/dev/null) ||
        fail "--remote: no way to '$remote' from here"
    if [[ $route == local* ]]; then
        fail "--remote: $remote is this machine; it must be the talker (guides swap the two in words)"
    fi
    [ -n "$lower" ] || lower=$(sed -n 's/.* dev \([^ ]*\).*/\1/p' <<<"$route")
    [ -n "$here" ] || here=$(sed -n 's/.* src \([^ ]*\).*/\1/p' <<<"$route")
    ip link show dev "$lower" >/dev/null 2>&1 || fail "--dev: there is no interface '$lower'" 69
    # Not through a pipe: grep ends at the first match, which pipefail takes for a failure.
    if ! grep -qwF "$here" <<<"$(ip -o addr show dev "$lower")"; then
        fail "--local: $here is not an address of $lower; it must be this machine's (the listener's)"
    fi
    # Outer Ethernet is not part of an MTU: 20 IP + 8 UDP + 8 VXLAN + 14 inner Ethernet.
    local most=$(($(mtu_of "$lower") - 50))
    [ -n "$mtu" ] || mtu=$most
    number mtu "$mtu" 65485
}

make_device() {
    local said
    said=$(ip link add "$name" type vxlan id "$vni" local "$here" remote "$remote" \
        dev "$lower" dstport "$port" nolearning 2>&1) && return
    case $said in
    *"File exists"*) fail "another device holds VNI $vni on port $port already: see ip -d link" 73 ;;
    *"not permitted"*) fail "needs root: run it with sudo" 77 ;;
    *) fail "ip link add: $said" 71 ;;
    esac
}

up() {
    complete
    if exists && ! same; then
        say "$name is there with other values: making it anew"
        ip link delete dev "$name"
    fi
    if exists; then say "$name is there already"; else
        make_device
        say "made $name: VNI $vni, from $remote to $here on $lower, UDP port $port"
    fi
    # No address and no router solicitations of its own on the mirror.
    ip link set dev "$name" addrgenmode none 2>/dev/null || true
    ip link set dev "$name" mtu "$mtu" up
    advise
    say "now: earshot-capture -i $name, or VPC_MIRROR_DEVICE=$name"
}

same() {
    [ "$(detail id)" = "$vni" ] && [ "$(detail local)" = "$here" ] &&
        [ "$(detail remote)" = "$remote" ] && [ "$(detail dev)" = "$lower" ] &&
        [ "$(detail dstport)" = "$port" ]
}

# A mirrored packet is 54 bytes longer than the original (IPv6: 74); what does not fit is cut.
advise() {
    local under
    under=$(mtu_of "$lower")
    if [ "$under" -lt 1554 ]; then
        say "warning: MTU $under on $lower cuts mirrored packets of 1500 bytes;" \
            "heal it with: ip link set dev $lower mtu 9001 (if the network carries it), or lower" \
            "the talker's with: ip link set dev eth0 mtu $((under - 54))"
    else
        say "MTU $under on $lower: packets of up to $((under - 54)) bytes of the talker come whole"
    fi
}

check() {
    complete
    local bad=0 again
    again="$0 up --vni $vni --remote $remote --local $here --dev $lower --name $name --port $port"
    if ! exists; then
        say "there is no $name; heal it with: $again"
        exit 1
    fi
    local key want
    for key in id local remote dev dstport; do
        case $key in
        id) want=$vni ;; local) want=$here ;; remote) want=$remote ;;
        dev) want=$lower ;; dstport) want=$port ;;
        esac
        if [ "$(detail $key)" != "$want" ]; then
            say "$name has $key $(detail $key), not $want; heal it with: $again"
            bad=1
        fi
    done
    if [[ $(ip -o link show dev "$name") != *[\<,]UP[,\>]* ]]; then
        say "$name is down; heal it with: ip link set dev $name up"
        bad=1
    fi
    advise
    say "$name has received $(cat "/sys/class/net/$name/statistics/rx_packets") packets"
    [ "$bad" -eq 0 ] || exit 1
    say "$name is as it should be"
}

down() {
    if ! exists; then
        say "there is no $name"
    elif [ -z "$(detail id)" ]; then
        fail "$name is no VXLAN device: not touched" 73
    else
        ip link delete dev "$name" || fail "needs root: run it with sudo" 77
        say "removed $name"
    fi
}

"$action"
