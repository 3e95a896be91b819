#!/usr/bin/env bash
# Installs Earshot on this host: programs, systemd units, configuration, user, spool.
#
#   install.sh                     from .build/release (make build); run it again to upgrade
#   install.sh --from DIR          from another folder of executables
#   install.sh --uninstall         removes programs and units; configuration and spool stay
#   install.sh --purge             removes those as well: every packet and call stored here is gone
#
# --start enables and starts the three processes. --prefix DIR (default /usr/local): where programs
# go. DESTDIR=DIR installs below another root and touches nothing that runs: for packages and tests.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${DESTDIR:-}
prefix=/usr/local
from=$here/../.build/release
action=install
start=no

fail() {
    echo "install.sh: $1" >&2
    exit "${2:-64}"
}

while [ $# -gt 0 ]; do
    case $1 in
    --from | --prefix)
        [ $# -ge 2 ] || fail "$1 wants a folder"
        [ "$1" = --from ] && from=$2 || prefix=$2
        shift
        ;;
    --uninstall) action=uninstall ;;
    --purge) action=purge ;;
    --start) start=yes ;;
    -h | --help)
        sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    *) fail "no such option: $1 (see --help)" ;;
    esac
    shift
done
[[ $prefix == /* ]] || fail "--prefix: '$prefix' does not begin with /"
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "needs root: run it with sudo" 77

programs=(earshot earshot-capture earshot-assemble earshot-ship)
units=(earshot-capture.service earshot-assemble.service earshot-ship.service
    earshot-assemble.socket earshot.target earshot.slice)
documents=$prefix/share/doc/earshot
manual=$prefix/share/man

# On a host that runs systemd, and only there.
manager() {
    [ -z "$root" ] && [ -d /run/systemd/system ] || return 0
    systemctl "$@"
}

# Where a page of docs/man goes: its suffix is its section.
manual_page() { echo "$manual/man${1##*.}/${1##*/}.gz"; }

install_files() {
    local name
    for name in "${programs[@]}"; do
        [ -x "$from/$name" ] || fail "no $name in $from: run 'make build' first, or --from DIR" 66
    done
    install -d "$root$prefix/bin" "$root/etc/systemd/system" "$root/etc/earshot" \
        "$root/usr/lib/sysusers.d" "$root/usr/lib/tmpfiles.d" "$root$documents"
    for name in "${programs[@]}"; do
        # Beside, then renamed: a program that runs is never written to.
        install -m 0755 "$from/$name" "$root$prefix/bin/.$name.new"
        mv -f "$root$prefix/bin/.$name.new" "$root$prefix/bin/$name"
    done
    install -m 0755 "$here/vxlan.sh" "$root$prefix/bin/earshot-vxlan"
    for name in "${units[@]}"; do
        sed -e "s|/usr/bin/earshot|$prefix/bin/earshot|g" \
            -e "s|/usr/share/doc/earshot|$documents|g" "$here/systemd/$name" \
            >"$root/etc/systemd/system/$name"
    done
    install -m 0644 "$here/systemd/earshot.sysusers.conf" "$root/usr/lib/sysusers.d/earshot.conf"
    install -m 0644 "$here/systemd/earshot.tmpfiles.conf" "$root/usr/lib/tmpfiles.d/earshot.conf"
    for name in earshot.yaml earshot.env; do
        # What an operator changed stays; the new one lies beside it.
        if [ ! -e "$root/etc/earshot/$name" ]; then
            install -m 0640 "$here/etc/$name" "$root/etc/earshot/$name"
        elif ! cmp -s "$here/etc/$name" "$root/etc/earshot/$name"; then
            install -m 0640 "$here/etc/$name" "$root/etc/earshot/$name.new"
            echo "install.sh: kept /etc/earshot/$name; the new default is beside it, as $name.new"
        fi
    done
    for name in "$here"/../docs/*.md; do
        [ ! -e "$name" ] || install -m 0644 "$name" "$root$documents/"
    done
    install -m 0644 "$here/../LICENSE" "$root$documents/"
    for name in "$here"/../docs/man/*.[18]; do
        [ -e "$name" ] || continue
        install -d "$root$manual/man${name##*.}"
        gzip -9nc "$name" >"$root$(manual_page "$name")"
        chmod 0644 "$root$(manual_page "$name")"
    done
}

install_all() {
    install_files
    if [ -n "$root" ]; then
        echo "install.sh: installed below $root"
        return
    fi
    systemd-sysusers earshot.conf
    systemd-tmpfiles --create earshot.conf
    chgrp earshot /etc/earshot/earshot.yaml /etc/earshot/earshot.env
    local missing=()
    mapfile -t missing < <(ldd "$prefix/bin/earshot-ship" "$prefix/bin/earshot-assemble" \
        "$prefix/bin/earshot-capture" | awk '/not found/ { print $1 }' | sort -u)
    [ ${#missing[@]} -eq 0 ] || fail "libraries are missing (${missing[*]}):
install them with: scripts/install-packages.sh run" 69
    manager daemon-reload
    if [ "$start" = yes ]; then
        manager enable --now earshot.target "${units[@]:0:3}"
    fi
    # An upgrade: what runs, runs the new program.
    manager try-restart "${units[@]:0:3}"
    echo "install.sh: installed. Settings: /etc/earshot/earshot.yaml, earshot.env; then"
    echo "    systemctl enable --now earshot.target earshot-{capture,assemble,ship}"
}

uninstall() {
    local name
    if [ -z "$root" ] && [ -d /run/systemd/system ]; then
        for name in "${units[@]}"; do
            [ ! -e "/etc/systemd/system/$name" ] || systemctl disable --now -q "$name" || true
        done
    fi
    for name in "${programs[@]}" earshot-vxlan; do rm -f "$root$prefix/bin/$name"; done
    for name in "${units[@]}"; do rm -f "$root/etc/systemd/system/$name"; done
    rm -f "$root/usr/lib/sysusers.d/earshot.conf" "$root/usr/lib/tmpfiles.d/earshot.conf"
    rm -rf "$root$documents"
    for name in earshot.1 earshot-{capture,assemble,ship}.8; do
        rm -f "$root$(manual_page "$name")"
    done
    manager daemon-reload
    if [ "$action" = purge ]; then
        rm -rf "$root/etc/earshot" "$root/var/spool/earshot" "$root/var/lib/earshot"
        [ -n "$root" ] || ! getent passwd earshot >/dev/null || userdel earshot
        echo "install.sh: removed with configuration and spool"
    else
        echo "install.sh: removed; /etc/earshot and /var/spool/earshot stay (--purge removes them)"
    fi
}

case $action in
install) install_all ;;
uninstall | purge) uninstall ;;
esac
