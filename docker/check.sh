#!/usr/bin/env bash
# Runs the images' install script in a clean Debian root and then, as jovyan without the network, the quickstart notebook at a small size. It needs
# root, debootstrap and about 8 GB below the folder given, which it makes and leaves: its home/jovyan/work/out has the executed notebook.
set -euo pipefail

root=${1:?folder for the Debian root}
source_dir=$(cd "$(dirname "$0")/.." && pwd)
command -v debootstrap >/dev/null || apt-get install -q -y --no-install-recommends debootstrap
mkdir -p "$root"
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
umount_all() { umount -l "$root/proc" "$root/dev" 2>/dev/null || true; }
trap umount_all EXIT
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
# The machine's name servers, for downloads.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/opt/v1lab/src"
tar -C "$source_dir" --exclude=./.git --exclude=./runs -cf - . | tar -C "$root/opt/v1lab/src" -xf -

# Certificates that apt does not replace meanwhile.
certificates=/etc/ssl/check-certificates.crt
cp -L /etc/ssl/certs/ca-certificates.crt "$root$certificates"
clean=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 SSL_CERT_FILE=$certificates PIP_CERT=$certificates REQUESTS_CA_BUNDLE=$certificates
	CURL_CA_BUNDLE=$certificates GIT_SSL_CAINFO=$certificates)
chroot "$root" "${clean[@]}" /opt/v1lab/src/docker/install.sh xla:cpu

# Run as the image does: any user of the group users, no network except the loopback.
export root
unshare -n bash -c 'ip link set lo up && exec chroot "$root" "$@"' -- setpriv --reuid=1234 --regid=100 --clear-groups "${clean[@]}" HOME=/home/jovyan \
	V1LAB_ROOT=/opt/v1lab/src V1LAB_HOME=/opt/v1lab/home GOCACHE=/opt/v1lab/cache GOMODCACHE=/opt/v1lab/mod GOTOOLCHAIN=local \
	sh -c 'cd /home/jovyan/work && exec v1lab notebook quickstart.ipynb --out out --html "$@"' -- \
	--set "data=simulated:?neurons=12&images=160&val=40&test=30&repeats=4&height=18&width=18" \
	--set "set=core.features=2,2,3;core.filter_sizes=5,3,3;fit.batch=32;fit.validate_every=5" --set steps=10 --set out=run

# As Binder starts it: Jupyter's own commands exist and find the kernel.
chroot "$root" setpriv --reuid=1000 --regid=100 --clear-groups "${clean[@]}" HOME=/home/jovyan sh -c 'jupyter lab --version && jupyter notebook --version && jupyter kernelspec list' | tee "$root.jupyter"
grep -q '^ *v1lab ' "$root.jupyter"
