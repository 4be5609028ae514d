#!/usr/bin/env bash
# docs/gateway.md and the README's install, followed on a blank Debian machine that systemd has started: a container with a network,
# users and processes of its own. Needs root, debootstrap and systemd-nspawn (Debian: apt-get install debootstrap systemd-container).
#
#   tools/blank-machine/try.sh [PACKAGE.tgz]     # without a package 'npm pack' makes one
#
# The machine is made once, in build/blank-machine/root; each run starts from a copy. make.sh tells which variables it reads.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tools/blank-machine
work=$PWD/build/blank-machine
mkdir -p "$work"

for program in debootstrap systemd-nspawn; do
  command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 0; }
done
package=${1-}
if [ -z "$package" ]; then package=$work/$(npm pack --silent --pack-destination "$work" | tail -n 1); fi

if [ ! -e "$work/root.made" ]; then
  rm -rf "$work/root"
  "$here/make.sh" "$work/root" >"$work/make.log" 2>&1 || { tail -n 20 "$work/make.log"; exit 1; }
  touch "$work/root.made"
fi
machine=$work/machine
rm -rf "$machine"
cp -a "$work/root" "$machine"
home=$machine/home/person
cp "$package" "$home/biox-edge-0.1.0.tgz"
cp "$here/checks.sh" "$here/install.sh" "$here/service.sh" "$here/reboot.sh" "$home"

# Without systemd on this machine there is nobody to ask for a unit.
container=(systemd-nspawn --quiet --directory "$machine" --machine biox-blank --register=no)
[ -d /run/systemd/system ] || container+=(--keep-unit)

total=0
status=0
# Runs a script as the person; it ends with a line "N passed, N failed", and systemd-nspawn may have a word after it.
follow() {
  echo "== $1"
  "${@:2}" su - person -c "bash ./$1" 2>&1 | tee "$work/$1.log" || true
  local p f
  read -r p _ f _ <<<"$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$work/$1.log" | tail -n 1)"
  [[ "$p" =~ ^[0-9]+$ && "$f" =~ ^[0-9]+$ ]] || { p=0; f=1; }
  total=$((total + p))
  status=$((status + f))
}

# The registry is reached over this machine's network, before anything else of it could be.
follow install.sh "${container[@]}" --pipe

boot() {
  "${container[@]}" --boot --private-network >"$work/console.log" 2>&1 &
  nspawn=$!
}
boot
trap 'kill -KILL "$nspawn" $(pgrep -P "$nspawn") 2>/dev/null || true' EXIT
# The process 1 of the machine; another one after each boot.
leader() { pgrep -P "$nspawn" | head -n 1 || true; }
within() { nsenter --target "$(leader)" --all --root --wd "$@"; }
booted() {
  for _ in $(seq 600); do
    [ -n "$(leader)" ] && within systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded' && return
    sleep 0.2
  done
  tail -n 20 "$work/console.log"
  exit 1
}
booted
follow service.sh within

before=$(leader)
within systemctl reboot || true
# With --keep-unit it is left to us to start it again.
for _ in $(seq 600); do
  if ! kill -0 "$nspawn" 2>/dev/null; then boot; break; fi
  now=$(leader)
  if [ -n "$now" ] && [ "$now" != "$before" ]; then break; fi
  sleep 0.1
done
booted
follow reboot.sh within
within systemctl poweroff || true
wait "$nspawn" || true

printf '\n%d passed, %d failed\n' "$total" "$status"
[ "$status" -eq 0 ]
