"""Halves in ONNX Runtime against the model in PyTorch, from both of PyTorch's exporters."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from models import Convolutional, Repeated, Transformer, seeded

from biox_export import CutError, LowerHalf, UpperHalf, block_input, export_halves, export_lower, export_upper

TOKENS = torch.arange(12).reshape(1, 12) % 10
SIGNAL = torch.randn(1, 1, 64, generator=torch.Generator().manual_seed(1))
EXPORTERS = pytest.mark.parametrize(("dynamo", "opset"), [(False, 17), (True, 18)])
MODELS = pytest.mark.parametrize(("kind", "example"), [(Transformer, TOKENS), (Convolutional, SIGNAL)])


def run(path: Path, x: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]


@EXPORTERS
@MODELS
def test_lower_and_upper_are_the_whole(kind, example, dynamo, opset, tmp_path):
    model = seeded(kind)
    done = export_halves(model, "blocks.1", example, tmp_path, dynamo=dynamo, opset=opset)
    assert done["difference"] < 1e-5
    other = example.flip(-1)
    together = run(tmp_path / "upper.onnx", torch.from_numpy(run(tmp_path / "lower.onnx", other)))
    with torch.no_grad():
        np.testing.assert_allclose(together, model(other).numpy(), atol=1e-5)


@EXPORTERS
@MODELS
def test_lower_half_ends_at_the_output_of_its_block(kind, example, dynamo, opset, tmp_path):
    model = seeded(kind)
    done = export_lower(model, "blocks.1", example, tmp_path / "lower.onnx", dynamo=dynamo, opset=opset)
    seen = []
    model.get_submodule("blocks.1").register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.no_grad():
        model(example)
    expected = seen[0][0] if isinstance(seen[0], tuple) else seen[0]
    assert done.output_shape == tuple(expected.shape)
    np.testing.assert_allclose(run(done.path, example), expected.numpy(), atol=1e-5)


@EXPORTERS
def test_upper_half_can_end_at_the_last_block_and_holds_nothing_from_before_it(dynamo, opset, tmp_path):
    model = seeded(Transformer)
    path = tmp_path / "upper.onnx"
    done = export_upper(model, "blocks.2", TOKENS, path, until="blocks.2", dynamo=dynamo, opset=opset)
    assert done.input_shape == done.output_shape == (1, 12, 8)
    sizes = {tuple(tensor.dims) for tensor in onnx.load(path).graph.initializer}
    assert (10, 8) not in sizes, "the embedding is of the part before the cut"
    assert (3, 8) not in sizes and (8, 3) not in sizes, "the head is of the part behind it"


def test_true_tokens_give_the_true_answer_and_hooks_are_gone_afterwards():
    model = seeded(Transformer)
    tokens = block_input(model, "blocks.1", TOKENS)
    with torch.no_grad():
        assert torch.equal(UpperHalf(model, "blocks.1", TOKENS * 0)(tokens), model(TOKENS))
        LowerHalf(model, "blocks.1")(TOKENS)
        assert model(TOKENS).shape == (1, 3)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_what_cannot_be_cut_is_said(tmp_path):
    model = seeded(Transformer)
    with pytest.raises(CutError, match=r"no submodule 'layers\.1'\. It has .*blocks"):
        export_lower(model, "layers.1", TOKENS, tmp_path / "x.onnx")
    with pytest.raises(CutError, match="2 times, but once"):
        block_input(seeded(Repeated), "block", torch.ones(1, 4))
    with pytest.raises(CutError, match=r"expects \[1, 12, 8\], but the tokens are \[1, 5, 8\]"):
        UpperHalf(model, "blocks.1", TOKENS)(torch.zeros(1, 5, 8))


def test_a_block_that_something_flows_around_is_no_place_for_halves_of_one_model(tmp_path):
    with pytest.raises(CutError, match="something flows around 'blocks.1.inner'"):
        export_halves(seeded(Convolutional), "blocks.1.inner", SIGNAL, tmp_path)


def test_the_command_writes_a_half_and_refuses_in_one_sentence(tmp_path):
    here = Path(__file__).parent
    np.save(tmp_path / "window.npy", TOKENS.numpy())

    def command(*more: str) -> subprocess.CompletedProcess:
        args = ["upper", "--example", str(tmp_path / "window.npy"), "--out", str(tmp_path / "upper.onnx"), *more]
        paths = {"PYTHONPATH": f"{here.parent}:{here}", "PATH": ""}
        return subprocess.run(
            [sys.executable, "-m", "biox_export", *args], env=paths, text=True, capture_output=True, check=False
        )

    done = command("--model", "models:transformer", "--block", "blocks.2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[1, 12, 8] -> [1, 3]" in done.stdout
    refused = command("--model", "models:none", "--block", "blocks.2")
    assert refused.returncode == 1
    assert refused.stderr.startswith("biox-export: Expected --model to be MODULE:FUNCTION")
