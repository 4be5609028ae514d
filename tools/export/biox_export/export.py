"""Writes halves as ONNX files and checks them in ONNX Runtime against the model in PyTorch."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from .cut import CutError, LowerHalf, UpperHalf, block_input

# Largest difference from PyTorch, as a share of the largest value: other kernels sum in another order.
TOLERANCE = 1e-4
CHECKS = 4


@dataclass(frozen=True)
class Export:
    """A half that was written and checked."""

    path: Path
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    # Largest difference of ONNX Runtime from PyTorch over random inputs, as a share of the largest value.
    difference: float


def export_lower(
    model: nn.Module, block: str, example: Tensor, path: Path, *, dynamo: bool = False, opset: int = 17
) -> Export:
    """Writes the model from its input (`signal`) to the output of `block` (`features`)."""
    half = LowerHalf(model.eval(), block)
    inputs = [example, *_like(example)]
    return _export(half, inputs, ("signal", "features"), Path(path), dynamo=dynamo, opset=opset)


def export_upper(
    model: nn.Module,
    block: str,
    example: Tensor,
    path: Path,
    *,
    until: str | None = None,
    dynamo: bool = False,
    opset: int = 17,
) -> Export:
    """Writes the model from the input of `block` (`tokens`) to its end or to the output of `until`.

    `example` is an input of the whole model: it says what shape the tokens have, and nothing of it stays in the graph.
    """
    tokens = block_input(model.eval(), block, example)
    half = UpperHalf(model, block, example, until)
    name = "logits" if until is None else "last_block"
    return _export(half, [tokens, *_like(tokens)], ("tokens", name), Path(path), dynamo=dynamo, opset=opset)


def export_halves(
    model: nn.Module, block: str, example: Tensor, folder: Path, *, dynamo: bool = False, opset: int = 17
) -> dict[str, Export | float]:
    """Both halves of one model, cut before `block`, and the difference of upper(lower(x)) from the whole in PyTorch.

    The lower half then ends at the input of `block`, so that both together are the model.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    half = LowerHalf(model.eval(), block, before=True)
    lower = _export(
        half, [example, *_like(example)], ("signal", "tokens"), folder / "lower.onnx", dynamo=dynamo, opset=opset
    )
    upper = export_upper(model, block, example, folder / "upper.onnx", dynamo=dynamo, opset=opset)
    first, second = _session(lower.path), _session(upper.path)
    worst = 0.0
    for x in [example, *_like(example)]:
        with torch.no_grad():
            whole = model(x)
        together = second.run(None, {"tokens": first.run(None, {"signal": x.numpy()})[0]})[0]
        worst = max(worst, _difference(together, whole.numpy()))
    if not worst <= TOLERANCE:
        raise CutError(
            f"Lower and upper half together differ from the model by {worst:.2g} of its largest value: something flows around "
            f"'{block}', such as a residual connection; cut at the module that holds it."
        )
    return {"lower": lower, "upper": upper, "difference": worst}


def _export(
    half: nn.Module, inputs: list[Tensor], names: tuple[str, str], path: Path, *, dynamo: bool, opset: int
) -> Export:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The exporter puts all submodules back into the mode of the outermost one.
    half.eval()
    named = {"input_names": [names[0]], "output_names": [names[1]], "opset_version": opset}
    with warnings.catch_warnings(), torch.no_grad(), _plain_attention():
        warnings.simplefilter("ignore")
        if dynamo:
            program = torch.onnx.export(half, (inputs[0],), dynamo=True, verbose=False, **named)
            # One file: a bundle's halves hold their weights.
            program.save(path, external_data=False)
        else:
            torch.onnx.export(half, (inputs[0],), path, dynamo=False, **named)
    onnx.checker.check_model(str(path), full_check=True)
    session = _session(path)
    worst = 0.0
    for x in inputs:
        with torch.no_grad():
            expected = half(x).numpy()
        found = session.run(None, {names[0]: x.numpy()})[0]
        worst = max(worst, _difference(found, expected))
    if not worst <= TOLERANCE:
        raise CutError(
            f"{path} differs from PyTorch by {worst:.2g} of the largest value: its graph is not the model's."
        )
    return Export(path, tuple(inputs[0].shape), tuple(expected.shape), worst)


@contextmanager
def _plain_attention() -> Iterator[None]:
    """The fused attention of nn.MultiheadAttention has no ONNX operator."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    if found.shape != expected.shape:
        raise CutError(f"The graph gives {list(found.shape)}, but the model gives {list(expected.shape)}.")
    return float(np.abs(found - expected).max() / max(float(np.abs(expected).max()), 1e-12))


def _like(example: Tensor) -> list[Tensor]:
    """Further inputs of the kind of an example: what was baked into the graph by mistake shows only on others."""
    generator = torch.Generator().manual_seed(0)
    if example.is_floating_point():
        deviation = example.std() if example.numel() > 1 and example.std() > 0 else torch.tensor(1.0)
        return [torch.randn(example.shape, generator=generator) * deviation + example.mean() for _ in range(CHECKS)]
    low, high = int(example.min()), int(example.max())
    return [
        torch.randint(low, high + 1, example.shape, generator=generator, dtype=example.dtype) for _ in range(CHECKS)
    ]
