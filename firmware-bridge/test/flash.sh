#!/usr/bin/env bash
# Flash of the library on a Cortex-M4, file by file, and the deepest stack of each public function.
# Fails where the whole of it takes more than LIMIT bytes. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../src"
LIMIT=2048

if ! command -v arm-none-eabi-gcc >/dev/null; then
  echo "skipped: no arm-none-eabi-gcc (Debian: gcc-arm-none-eabi)"
  echo "0 passed, 0 failed"
  exit 0
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

arm-none-eabi-gcc --version | head -n 1
for source in *.c; do
  arm-none-eabi-gcc -std=c99 -mcpu=cortex-m4 -mthumb -Os -ffunction-sections -fdata-sections -fcallgraph-info=su \
    @../test/warnings.txt -Werror -c "$source" -o "$out/${source%.c}.o"
done

echo
echo "| file | code and constants | variables |"
echo "| ---- | -----------------: | --------: |"
(cd "$out" && arm-none-eabi-size ./*.o) | awk '
  NR > 1 { sub(".*/", "", $6); sub(".o$", ".c", $6); printf "| `%s` | %d | %d |\n", $6, $1 + $2, $2 + $3 }'
total=$(arm-none-eabi-size "$out"/*.o | awk 'NR > 1 { sum += $1 + $2 } END { print sum }')
echo "| all | $total | $(arm-none-eabi-size "$out"/*.o | awk 'NR > 1 { sum += $2 + $3 } END { print sum }') |"

# Nodes carry a function's own frame, edges its calls; functions of the C library count as 0. There is no recursion.
echo
echo "| function | stack with all that it calls |"
echo "| -------- | ---------------------------: |"
cat "$out"/*.ci | awk -F'"' '
  function deepest(name,   i, callees, n, below, most) {
    n = split(calls[name], callees, " ")
    for (i = 1; i <= n; i++) { below = deepest(callees[i]); if (below > most) most = below }
    return own[name] + most
  }
  /^node/ && match($4, /[0-9]+ bytes/) { own[$2] = substr($4, RSTART) + 0; if ($2 ~ /^biox_/) public[$2] }
  /^edge/ { calls[$2] = calls[$2] " " $4 }
  END { for (name in public) printf "| `%s` | %d |\n", name, deepest(name) }' | sort -t'|' -k3,3nr -k2,2

echo
if [ "$total" -gt "$LIMIT" ]; then
  echo "The library takes $total bytes of flash, more than $LIMIT." >&2
  echo "0 passed, 1 failed"
  exit 1
fi
echo "1 passed, 0 failed"
