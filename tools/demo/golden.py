"""Golden values for the runtime: what SciPy, ONNX Runtime and NumPy make of raw windows with the files of a bundle.

    python tools/demo/golden.py BUNDLE WINDOWS OUT      computes them
    python tools/demo/golden.py --check                 bundles/demo: hashes, and the values in test/golden again
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from safetensors.numpy import load_file, save

from prepare import PPG_STEPS, RATE, prepare_ppg

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test/golden/demo-golden.safetensors"
TOLERANCE = {"input": 1e-6, "pooled": 1e-5, "hidden": 1e-5, "bridged": 1e-5, "logits": 1e-4, "probs": 1e-5}


def run(bundle: Path, manifest: dict, signal: np.ndarray) -> dict[str, np.ndarray]:
    """The whole chain on raw windows [N, 1, samples], from the bundle's files alone; the probe in float64."""
    lower, upper = (
        onnxruntime.InferenceSession(bundle / manifest[half]["file"], providers=["CPUExecutionProvider"])
        for half in ("lower", "upper")
    )
    weights = load_file(bundle / manifest["bridge"]["file"])
    probe = load_file(bundle / manifest["probe"]["file"])
    time = 2 if manifest["lower"]["layout"] == "NCT" else 1
    found: dict[str, list[np.ndarray]] = {name: [] for name in TOLERANCE}
    for window in signal:
        x = prepare_ppg(window)[None]
        pooled = lower.run(None, {manifest["lower"]["input"]: x})[0].mean(axis=time)[0]
        hidden = weights["A"] @ pooled
        mixing = (weights["B"] @ hidden).reshape(weights["prototypes"].shape[1], -1)
        tokens = (weights["prototypes"] @ mixing).T
        feeds = {manifest["upper"]["input"]: tokens.reshape(manifest["bridge"]["target"]["shape"])}
        last = upper.run(None, feeds)[0]
        logits = probe["weight"] @ last[0].mean(axis=0, dtype=np.float64) + probe["bias"]
        probs = np.exp(logits - logits.max())
        values = (x[0], pooled, hidden, tokens, logits, probs / probs.sum())
        for name, value in zip(TOLERANCE, values, strict=True):
            found[name].append(value.astype(np.float32))
    return {name: np.array(values) for name, values in found.items()}


def write(bundle: Path, windows: Path, out: Path) -> None:
    """`signal` stays float64, the rest is float32."""
    signal = load_file(windows)["signal"]
    tensors = {"signal": signal} | run(bundle, json.loads((bundle / "bundle.json").read_text()), signal)
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    out.write_bytes(save(contiguous, metadata={"rate": str(RATE)}))


def check(bundle: Path, golden: Path) -> list[str]:
    """What is not as it should be."""
    manifest = json.loads((bundle / "bundle.json").read_text())
    problems = []
    for name, expected in manifest["files"].items():
        content = (bundle / name).read_bytes()
        if len(content) != expected["bytes"] or hashlib.sha256(content).hexdigest() != expected["sha256"]:
            problems.append(f"{name} is not the file that bundle.json describes")
    if manifest["prepare"] != PPG_STEPS:
        problems.append("bundle.json states another preparation than prepare.py")
    values = load_file(golden)
    for name, value in run(bundle, manifest, values["signal"]).items():
        difference = float(np.abs(value - values[name]).max())
        print(f"{name} {list(value.shape)}: largest difference {difference:.2g}")
        if value.shape != values[name].shape or not difference <= TOLERANCE[name]:
            problems.append(f"{name} differs from its golden value by {difference:.2g}, more than {TOLERANCE[name]:g}")
    return problems


def main() -> None:
    if sys.argv[1:] == ["--check"]:
        problems = check(ROOT / "bundles/demo", GOLDEN)
        sys.exit("\n".join(problems) or None)
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    write(*map(Path, sys.argv[1:]))


if __name__ == "__main__":
    main()
