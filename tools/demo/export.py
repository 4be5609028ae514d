"""Writes the bundle folder: both ONNX halves, bridge and probe as safetensors, bundle.json with hashes."""

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from evaluate import Chain
from heart_rate import LABELS
from models import ECG_WIDTH, TOKENS
from safetensors.numpy import save

import onnx
from prepare import PPG_STEPS, RATE, SAMPLES, SECONDS

FILES = ["lower.onnx", "bridge.safetensors", "upper.onnx", "probe.safetensors"]


def export_half(model: torch.nn.Module, example: torch.Tensor, names: tuple[str, str], path: Path) -> float:
    """Opset 17, fixed batch of one. Returns the largest difference between ONNX Runtime and PyTorch over 32 inputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        named = {"input_names": names[:1], "output_names": names[1:]}
        torch.onnx.export(model, (example,), path, **named, opset_version=17, dynamo=False)
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for _ in range(32):
        x = torch.randn(example.shape, generator=generator)
        with torch.no_grad():
            expected = model(x).numpy()
        worst = max(worst, float(np.abs(session.run(None, {names[0]: x.numpy()})[0] - expected).max()))
    return worst


def numpy_of(tensor: torch.Tensor) -> np.ndarray:
    """Contiguous float32 copy, as safetensors wants it."""
    return np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)


def export_bundle(chain: Chain, folder: Path, provenance: dict, metrics: dict) -> dict:
    """Writes everything but the model card; returns the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    signal, tokens = torch.zeros(1, 1, SAMPLES), torch.zeros(1, TOKENS, ECG_WIDTH)
    differences = {
        "lower": export_half(chain.lower, signal, ("signal", "features"), folder / "lower.onnx"),
        "upper": export_half(chain.model.upper, tokens, ("tokens", "last_block"), folder / "upper.onnx"),
    }
    bridge = {name: numpy_of(value) for name, value in chain.bridge.named_parameters()}
    (folder / "bridge.safetensors").write_bytes(save(bridge))
    probe = {name: numpy_of(value) for name, value in chain.probe.named_parameters()}
    (folder / "probe.safetensors").write_bytes(save(probe))
    files = {}
    for name in FILES:
        content = (folder / name).read_bytes()
        files[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    manifest = {
        "format": "biox-bundle",
        "version": 1,
        "name": "demo-hr-zone-ppg-from-ecg",
        "task": "heart-rate zone learned on ECG, read from PPG",
        "labels": LABELS,
        "licence": "Apache-2.0 (weights); training recordings under their own terms, see MODEL_CARD.md",
        "new": {"modality": "ppg", "channels": ["ppg"], "rate": RATE, "unit": "adc"},
        "old": {"modality": "ecg", "channels": ["ecg"], "rate": RATE, "unit": "adc"},
        "window": {"seconds": SECONDS, "hop": 1},
        "prepare": PPG_STEPS,
        "lower": {"file": "lower.onnx", "input": "signal", "output": "features", "layout": "NCT"},
        "bridge": {
            "file": "bridge.safetensors",
            "pool": "mean",
            "target": {"layout": "tokens-first", "shape": [1, TOKENS, ECG_WIDTH]},
        },
        "upper": {"file": "upper.onnx", "input": "tokens", "output": "last_block"},
        "probe": {"file": "probe.safetensors"},
        "files": files,
        "provenance": provenance,
        "metrics": {**metrics, "onnxruntime_minus_pytorch": {k: float(f"{v:.2g}") for k, v in differences.items()}},
    }
    (folder / "bundle.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest
