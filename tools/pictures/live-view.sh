#!/usr/bin/env bash
# Makes docs/pictures/live-view.svg: runs the demo bundle for 90 s in a terminal of 100 x 30 and draws the last frame.
# Needs a built project (npm run build) and `script` of util-linux.
#
#     tools/pictures/live-view.sh [BUNDLE] [SECONDS] [OUTPUT]
#
# The emulated heart rate rises from 65 to 165 bpm between second 25 and 75. 1 % of the frames are damaged on the wire.
set -euo pipefail
cd "$(dirname "$0")/../.."

bundle=${1:-bundles/demo}
seconds=${2:-90}
output=${3:-docs/pictures/live-view.svg}
source='sim:?script=rest-to-exercise&corrupt=0.01'

transcript=$(mktemp)
picture=$(mktemp)
trap 'rm -f "$transcript" "$picture"' EXIT
export TERM=xterm-256color
unset NO_COLOR FORCE_COLOR NODE_DISABLE_COLORS
script --quiet --return --command \
  "stty cols 100 rows 30; node dist/cli/main.js run '$bundle' --from '$source' --duration $seconds" "$transcript" >/dev/null || {
  cat "$transcript" >&2
  exit 1
}
# Into a file of its own first: a run that fails leaves the old picture as it is.
node tools/pictures/terminal-svg.mjs "$transcript" 100 "biox run $bundle --from \"$source\"" >"$picture"
cat "$picture" >"$output"
echo "$output"
