#!/bin/sh
# Tries the project on a machine that has just what the README names: a Debian in a folder, without a hosts file, a C++ compiler or the right to mount.
#
#     sudo tools/bare.sh FOLDER                                            # README's two commands
#     sudo tools/bare.sh FOLDER 'go build ./... && go test ./kernels/...'  # another command, for a shell in the repository
#
# FOLDER is made if it is not there (1.5 GB; needs debootstrap and root) and used again if it is. Go comes from this machine, as do its
# modules, which are read-only; the files of the repository are those that git knows, as they are now. Variables for proxies, certificates and
# package indices are handed on. BARE_HOME, a folder, becomes V1LAB_HOME: give a copy of one that is set up to save the downloads.
set -eu

[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
root=$(realpath -m "$1")
command=${2:-'go run ./cmd/v1lab demo && go test ./...'}
repository=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "bare.sh: not root; accepted: root, who may make a Debian and change into it"; exit 1; }

if [ ! -e "$root/etc/debian_version" ]; then
	# What the README names, and the certificates that downloads need.
	debootstrap --variant=minbase --include=gcc,libc6-dev,git,python3-venv,ca-certificates bookworm "$root"
fi
rm -f "$root/etc/hosts"
lab=$root/home/lab
mkdir -p "$lab/source" "$lab/go/pkg/mod" "$lab/home" "$root/usr/local/go"
find "$lab/source" -mindepth 1 -delete
git -C "$repository" ls-files -z | (cd "$repository" && tar --null --ignore-failed-read -cf - -T -) | tar -xf - -C "$lab/source"
chown -R 1000:1000 "$lab/source" "$lab/home"
chown 1000:1000 "$lab"

# Mounts are this command's own and go with it. Inside, an ordinary user has no right to mount.
export root lab command go="$(go env GOROOT)" modules="$(go env GOMODCACHE)" home="${BARE_HOME:-}"
exec unshare --mount --propagation private sh -euc '
	mount -t proc proc "$root/proc"
	mount --rbind "$go" "$root/usr/local/go"
	mount --rbind -o ro "$modules" "$lab/go/pkg/mod"
	mount -o remount,bind,ro "$lab/go/pkg/mod"
	if [ -n "$home" ]; then
		mkdir -p "$lab/v1lab"
		mount --bind "$home" "$lab/v1lab"
		set -- V1LAB_HOME=/home/lab/v1lab
	fi
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY GOPROXY GOSUMDB GOFLAGS PIP_INDEX_URL PIP_CERT SSL_CERT_FILE SSL_CERT_DIR V1LAB_OFFLINE; do
		eval "value=\${$name:-}"
		[ -z "$value" ] || set -- "$@" "$name=$value"
	done
	exec chroot --userspec=1000:1000 "$root" /usr/bin/env -i HOME=/home/lab/home GOPATH=/home/lab/go PATH=/usr/local/go/bin:/usr/bin:/bin "$@" \
		sh -c "cd /home/lab/source && $command"
'
