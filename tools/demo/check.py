"""Checks bundles/demo without PyTorch: hashes, then SciPy, ONNX Runtime and NumPy against the golden values.

    python tools/demo/check.py
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from safetensors.numpy import load_file

from prepare import PPG_STEPS, prepare_ppg

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = {"input": 1e-6, "pooled": 1e-5, "hidden": 1e-5, "bridged": 1e-5, "logits": 1e-4, "probs": 1e-5}


def run(bundle: Path, manifest: dict, signal: np.ndarray) -> dict[str, np.ndarray]:
    """The whole chain on raw windows [N, 1, samples], from the bundle's files alone."""
    lower = onnxruntime.InferenceSession(bundle / manifest["lower"]["file"], providers=["CPUExecutionProvider"])
    upper = onnxruntime.InferenceSession(bundle / manifest["upper"]["file"], providers=["CPUExecutionProvider"])
    weights = load_file(bundle / manifest["bridge"]["file"])
    probe = load_file(bundle / manifest["probe"]["file"])
    shape = manifest["bridge"]["target"]["shape"]
    found: dict[str, list[np.ndarray]] = {name: [] for name in TOLERANCE}
    for window in signal:
        x = prepare_ppg(window)[None]
        pooled = lower.run(None, {manifest["lower"]["input"]: x})[0].mean(axis=2)[0]
        hidden = weights["A"] @ pooled
        mixing = (weights["B"] @ hidden).reshape(weights["prototypes"].shape[1], -1)
        tokens = (weights["prototypes"] @ mixing).T
        last = upper.run(None, {manifest["upper"]["input"]: tokens.reshape(shape)})[0]
        logits = probe["weight"] @ last[0].mean(axis=0) + probe["bias"]
        probs = np.exp(logits - logits.max())
        values = (x[0], pooled, hidden, tokens, logits, probs / probs.sum())
        for name, value in zip(TOLERANCE, values, strict=True):
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    bundle = ROOT / "bundles/demo"
    manifest = json.loads((bundle / "bundle.json").read_text())
    problems = []
    for name, expected in manifest["files"].items():
        content = (bundle / name).read_bytes()
        if len(content) != expected["bytes"] or hashlib.sha256(content).hexdigest() != expected["sha256"]:
            problems.append(f"{name} is not the file that bundle.json describes")
    if manifest["prepare"] != PPG_STEPS:
        problems.append("bundle.json states another preparation than prepare.py")
    golden = load_file(ROOT / "test/golden/demo-golden.safetensors")
    for name, value in run(bundle, manifest, golden["signal"]).items():
        difference = float(np.abs(value - golden[name]).max())
        print(f"{name} {list(value.shape)}: largest difference {difference:.2g}")
        if value.shape != golden[name].shape or not difference <= TOLERANCE[name]:
            problems.append(f"{name} differs from its golden value by {difference:.2g}, more than {TOLERANCE[name]:g}")
    if problems:
        sys.exit("\n".join(problems))
    print("bundles/demo agrees with its golden values")


if __name__ == "__main__":
    main()
