#!/bin/sh
# Builds bundles/demo: PyTorch trains both models, the project's own commands do the rest. With PARTS as train.py left it, nothing is trained
# again; whatever else is in it is made anew.
#
#     npm run build && PYTHON=python tools/demo/build.sh ../shared/data demo-parts [bundles/demo]
set -eu
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$2"
data=$(cd "$1" && pwd)
parts=$(cd "$2" && pwd)
out=${3:-$root/bundles/demo}
case $out in /*) ;; *) out=$PWD/$out ;; esac
python=${PYTHON:-python}

[ -f "$parts/windows.safetensors" ] || "$python" "$here/train.py" --data "$data" --out "$parts"

# Paths in reports are as they are given: plain names.
cd "$parts"
biox() { node "$root/dist/cli/main.js" "$@"; }
chosen() { node -p "JSON.parse(require('fs').readFileSync('selection.json')).$1.tensor"; }
names="--pairs pairs.safetensors --new-tensor ppg --old-tensor ecg"
rm -rf bridge first bundle evaluation-*.json

biox select --new ppg.onnx --old ecg.onnx $names --out selection.json --svg selection.svg
biox cut ppg.onnx --at "$(chosen new)" --lower lower.onnx --upper unused.onnx
biox cut ecg.onnx --at "$(chosen old)" --lower unused.onnx --upper upper.onnx --probe probe.safetensors
biox align --new ppg.onnx --old ecg.onnx --selection selection.json $names --new-layout NCT \
  --rank 8 --prototypes 32 --batch 64 --lr 2e-3 --epochs 16 --patience 0 --seed 20 --out bridge

pack() {
  biox bundle pack "$here/description.json" --lower lower.onnx --bridge bridge/bridge.safetensors --upper upper.onnx \
    --probe probe.safetensors --windows windows.safetensors --golden-windows 2 --source ppg.onnx ecg.onnx pairs.safetensors \
    --selection selection.json --training bridge/training.json "$@"
}
pack --out first
for split in test test-channel-2 val emulator-steady emulator-exercise emulator-exercise-motion-03 emulator-exercise-motion-07; do
  echo
  biox eval first --old ecg.onnx $names --split $split --out evaluation-$split.json
done
pack --evaluation evaluation-test.json --out bundle
biox bundle check bundle

node "$here/card.mjs" . bundle
rm -rf "$out"
mkdir -p "$(dirname "$out")"
cp -R bundle "$out"
if [ "$out" = "$root/bundles/demo" ]; then
  "$python" "$here/golden.py" bundle windows.safetensors "$root/test/golden/demo-golden.safetensors"
  "$python" "$here/golden.py" --check
fi
echo "Written to $out."
