#!/usr/bin/env bash
# bare.sh FOLDER [COMMAND...]: runs the README's two commands, or another one, on a machine that has just what the README names.
# It makes a Debian root in FOLDER, or takes the one there, with a C compiler, Python, git and your Go, and a hosts file without localhost, and copies
# this checkout into it as git knows it. It needs root, debootstrap and 12 GB. Everything is set up anew, in FOLDER/root: remove that folder to begin again.
set -euo pipefail

root=$(realpath -m "${1:?folder for the Debian root}")
shift
source_dir=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -e "$root/etc/debian_version" ]; then
	command -v debootstrap >/dev/null || apt-get install -q -y --no-install-recommends debootstrap
	mkdir -p "$root"
	debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,python3,python3-venv,git bookworm "$root"
	cp -a "$(go env GOROOT)/." "$root/usr/local/go"
fi
umount_all() { umount -l "$root/proc" "$root/dev" 2>/dev/null || true; }
trap umount_all EXIT
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"

# The machine's name servers, certificates, and ways to packages, for downloads.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
certificates=/etc/ssl/bare-certificates.crt
cp -L /etc/ssl/certs/ca-certificates.crt "$root$certificates"
[ ! -e /etc/pip.conf ] || cp -L /etc/pip.conf "$root/etc/pip.conf"
ways=()
for name in GOPROXY GOSUMDB GONOSUMDB GOFLAGS PIP_INDEX_URL PIP_EXTRA_INDEX_URL http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
	[ -z "${!name:-}" ] || ways+=("$name=${!name}")
done
echo "# nobody here" >"$root/etc/hosts"

rm -rf "$root/src"
mkdir -p "$root/src"
git -C "$source_dir" ls-files -z | tar -C "$source_dir" --null -T - -cf - | tar -C "$root/src" -xf -
[ $# -gt 0 ] || set -- sh -c 'go run ./cmd/v1lab demo && go test ./...'
chroot "$root" env -i HOME=/root PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 SSL_CERT_FILE=$certificates PIP_CERT=$certificates REQUESTS_CA_BUNDLE=$certificates \
	GIT_SSL_CAINFO=$certificates "${ways[@]}" sh -c 'cd /src && exec "$@"' -- "$@"
