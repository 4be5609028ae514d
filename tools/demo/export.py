"""Writes both models whole, as ONNX files."""

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch

import onnx

INPUTS = 32


def export_model(model: torch.nn.Module, shape: tuple[int, ...], names: tuple[str, str], path: Path) -> float:
    """Opset 17, fixed batch of one. Returns the largest difference between ONNX Runtime and PyTorch over 32 inputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        named = {"input_names": names[:1], "output_names": names[1:]}
        torch.onnx.export(model, (torch.zeros(shape),), path, **named, opset_version=17, dynamo=False)
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for _ in range(INPUTS):
        x = torch.randn(shape, generator=generator)
        with torch.no_grad():
            expected = model(x).numpy()
        worst = max(worst, float(np.abs(session.run(None, {names[0]: x.numpy()})[0] - expected).max()))
    return worst
