#!/usr/bin/env bash
# Makes the root folder of a blank Debian machine with systemd, sudo, Node as a package of it would lie there, and no compiler.
#
#   tools/blank-machine/make.sh FOLDER
#
# BIOX_MIRROR and BIOX_SUITE choose the Debian; BIOX_CA names a PEM file of further authorities that the machine is to trust.
set -euo pipefail
root=$1
mirror=${BIOX_MIRROR:-http://deb.debian.org/debian}
suite=${BIOX_SUITE:-bookworm}
packages=systemd,systemd-sysv,libpam-systemd,dbus,udev,sudo,ca-certificates,curl,openssl,socat,iproute2,procps

debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror"

# Where NodeSource's package puts it. npm is written in JavaScript, and comes with each Node.
node=$(readlink -f "$(command -v node)")
prefix=$(dirname "$(dirname "$node")")
install -m 755 "$node" "$root/usr/bin/node"
mkdir -p "$root/usr/lib/node_modules"
cp -r "$prefix/lib/node_modules/npm" "$root/usr/lib/node_modules/"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/bin/npx"

if [ -n "${BIOX_CA-}" ]; then
  cp "$BIOX_CA" "$root/usr/local/share/ca-certificates/further.crt"
  chroot "$root" update-ca-certificates >/dev/null
  echo 'NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/further.crt' >>"$root/etc/environment"
  echo 'Defaults env_keep += "NODE_EXTRA_CA_CERTS"' >"$root/etc/sudoers.d/further-authorities"
fi

echo blank >"$root/etc/hostname"
echo '127.0.0.1 localhost blank' >"$root/etc/hosts"
# The person who follows the guide.
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo person
echo 'person ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/person"
# Nobody sits at its console.
ln -sf /dev/null "$root/etc/systemd/system/console-getty.service"
