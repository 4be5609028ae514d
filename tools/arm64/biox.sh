#!/usr/bin/env bash
# biox on an emulated 64-bit Arm processor: tools/arm64/biox.sh CPU ARGUMENTS..., after tools/arm64/prepare.sh.
# The wearable's emulator is the host's own: only the gateway runs on Arm.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
cpu=$1
shift
export BIOX_ADDON="$root/build/arm64/Release/biox_bridge.node"
exec qemu-aarch64-static -L "$root/build/arm64/prefix" -cpu "$cpu" "$root/build/arm64/node/bin/node" "$root/dist/cli/main.js" "$@"
