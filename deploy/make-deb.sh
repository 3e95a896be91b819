#!/usr/bin/env bash
# Builds earshot_VERSION_ARCH.deb: programs, units, user, configuration. Dependencies come from
# deploy/debian-packages.
#
#   make-deb.sh [--from DIR] [--out DIR]      executables of .build/release, package to .build
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/.." && pwd)
from=$top/.build/release
out=$top/.build

fail() {
    echo "make-deb.sh: $1" >&2
    exit "${2:-64}"
}
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || fail "$1 wants a folder"
    case $1 in
    --from) from=$2 ;;
    --out) out=$2 ;;
    *) fail "no such option: $1" ;;
    esac
    shift 2
done
[ -x "$from/earshot" ] || fail "no executables in $from: run 'make build' first, or --from DIR" 66
command -v dpkg-deb >/dev/null || fail "dpkg-deb is missing: this is for Debian and Ubuntu" 69

version=$("$from/earshot" --version | awk '{ print $2 }')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/earshot

# The same files as install.sh's, at a package's places.
DESTDIR=$tree "$here/install.sh" --from "$from" --prefix /usr >/dev/null
install -d "$tree/lib"
mkdir -p "$tree/lib/systemd"
mv "$tree/etc/systemd/system" "$tree/lib/systemd/system"
rmdir "$tree/etc/systemd"
for program in earshot earshot-capture earshot-assemble earshot-ship; do
    strip --strip-unneeded "$tree/usr/bin/$program" 2>/dev/null ||
        fail "strip failed on $program (apt-get install binutils)" 69
done

documents=$tree/usr/share/doc/earshot
rm -f "$documents/LICENSE"
cat >"$documents/copyright" <<'X'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: earshot

Files: *
Copyright: 2026 The Earshot authors
License: Apache-2.0
 On Debian systems, the full text of the Apache License, Version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
X
day=$(date -uR -d "@${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}")
gzip -9n >"$documents/changelog.gz" <<X
earshot ($version) stable; urgency=medium

  * See CHANGELOG.md of the project.

 -- The Earshot authors <maintainers@earshot.invalid>  $day
X
chmod 0644 "$documents"/*
lintian_overrides=$tree/usr/share/lintian/overrides
install -d "$lintian_overrides"
cat >"$lintian_overrides/earshot" <<'X'
# The Swift runtime is linked in, with its Unicode tables.
earshot: embedded-library *
# A script that explains itself: vxlan.sh --help.
earshot: no-manual-page [usr/bin/earshot-vxlan]
# Rules and addresses of receivers are for root and the group earshot only.
earshot: non-standard-file-perm 0640 != 0644 *
# The three services belong together: one target starts and stops them.
earshot: systemd-service-file-refers-to-unusual-wantedby-target earshot.target *
# Started by a person, never by the installation: no helper for starting is wanted.
earshot: maintainer-script-calls-systemctl *
X
chmod 0644 "$lintian_overrides/earshot"
# The spool's directory and the configuration are made readable for the user on installation.
find "$tree" -type d -exec chmod 0755 {} +

depends=$(awk '$1 == "run" { print $2 }' "$here/debian-packages" | paste -sd, | sed 's/,/, /g')
install -d "$tree/DEBIAN"
cat >"$tree/DEBIAN/control" <<X
Package: earshot
Version: $version
Architecture: $architecture
Maintainer: The Earshot authors <maintainers@earshot.invalid>
Section: net
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Pre-Depends: init-system-helpers (>= 1.54~)
Depends: libc6, libgcc-s1, $depends, systemd | systemd-standalone-sysusers
Recommends: iproute2, lz4
Suggests: tcpdump, jq
Description: hears every API call that passes a network interface
 Earshot listens to plain or mirrored traffic (AWS VPC Traffic Mirroring: VXLAN
 on UDP 4789), writes every packet to disk first, turns packets into complete
 HTTP call records, and delivers them to a Resurface receiver or to files,
 through outages of any length.
X
printf '/etc/earshot/earshot.yaml\n/etc/earshot/earshot.env\n' >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 0755 "$here/debian/$script" "$tree/DEBIAN/$script"
done
(cd "$tree" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z |
    xargs -0 md5sum >DEBIAN/md5sums)
chmod 0644 "$tree/DEBIAN"/{control,conffiles,md5sums}

mkdir -p "$out"
package=$out/earshot_${version}_$architecture.deb
# Level 6, dpkg's own, takes four times as long for a twentieth less.
export DPKG_DEB_COMPRESSOR_TYPE=${DPKG_DEB_COMPRESSOR_TYPE:-xz}
export DPKG_DEB_COMPRESSOR_LEVEL=${DPKG_DEB_COMPRESSOR_LEVEL:-3}
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
echo "$package ($(du -k "$package" | cut -f1) KiB)"
