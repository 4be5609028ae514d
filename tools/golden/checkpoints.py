"""Checkpoints of one small bridge in every form that torch.save writes, for the tests of src/bundle/pth.

    python tools/golden/checkpoints.py src/bundle/pth/testdata

Needs torch (2.13) and safetensors. All values are multiples of 1/16 below 8, exact in every type of float, so that one set of expected
values serves all files.
"""

import io
import sys
import warnings
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

C_IN, RANK, PROTOTYPES, TOKENS, C_OUT = 5, 3, 4, 6, 7


def values(*shape: int) -> torch.Tensor:
    return torch.randint(-128, 128, shape).float() / 16


class Bridge(nn.Module):
    """Names of tensors as a training script would have them."""

    def __init__(self, parts: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.proj_down = nn.Linear(C_IN, RANK, bias=False)
        self.proj_up = nn.Linear(RANK, PROTOTYPES * TOKENS)
        self.prototypes = nn.Parameter(parts["prototypes"].clone())
        self.norm = nn.BatchNorm1d(2)  # brings a LongStorage along
        with torch.no_grad():
            self.proj_down.weight.copy_(parts["A"])
            self.proj_up.weight.copy_(parts["B"])
            self.proj_up.bias.zero_()


def rewritten(content: bytes, compression: int, swap: bool = False) -> bytes:
    """The same archive, packed anew; with `swap` as a big-endian machine would have written its float32 storages."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for info in old.infolist():
            data = old.read(info)
            if swap and info.filename.endswith("/byteorder"):
                data = b"big"
            if swap and "/data/" in info.filename:
                data = torch.frombuffer(bytearray(data), dtype=torch.uint8).view(-1, 4).flip(1).numpy().tobytes()
            new.writestr(zipfile.ZipInfo(info.filename), data, compress_type=compression)
    return out.getvalue()


def saved(what: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(what, buffer, **options)
    return buffer.getvalue()


def training_run(parts: dict[str, torch.Tensor]) -> dict:
    """What scripts keep while they train: epoch, model and optimiser."""
    model = nn.ModuleDict({"bridge": Bridge(parts)})
    optimiser = torch.optim.Adam(model.parameters())
    optimiser.zero_grad()
    (model["bridge"].prototypes.sum() * 0).backward()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    optimiser.step()
    model.load_state_dict(kept)
    return {"epoch": 3, "best": 0.25, "done": False, "model": model.state_dict(), "optimizer": optimiser.state_dict()}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(5)
    parts = {"A": values(RANK, C_IN), "B": values(PROTOTYPES * TOKENS, RANK), "prototypes": values(C_OUT, PROTOTYPES)}
    save_file(parts, folder / "bridge.safetensors")

    # Views into larger memory: every second column, a transpose, an offset.
    wide = torch.zeros(RANK, 2 * C_IN + 3)
    wide[:, 3::2] = parts["A"]
    views = {"A": wide[:, 3::2], "B": parts["B"].T.contiguous().T, "prototypes": parts["prototypes"]}
    turned = {"A": parts["A"].T.contiguous(), "B": parts["B"], "prototypes": parts["prototypes"].T.contiguous()}
    plain = saved(parts)
    files = {
        "plain.pth": plain,
        "module.pth": saved(Bridge(parts).state_dict()),
        "training.pt": saved(training_run(parts)),
        "parameters.pth": saved({name: nn.Parameter(value) for name, value in parts.items()}),
        "views.pth": saved(views),
        "turned.pth": saved(turned),
        "protocol4.pth": saved(Bridge(parts).state_dict(), pickle_protocol=4),
        "float64.pth": saved({name: value.double() for name, value in parts.items()}),
        "float16.pth": saved({name: value.half() for name, value in parts.items()}),
        "bfloat16.pth": saved({name: value.bfloat16() for name, value in parts.items()}),
        "int32.pth": saved({name: value.int() for name, value in parts.items()}),
        "deflated.pth": rewritten(plain, zipfile.ZIP_DEFLATED),
        "big-endian.pth": rewritten(plain, zipfile.ZIP_STORED, swap=True),
        "two.pth": saved({"teacher": dict(parts), "student": dict(parts)}),
        "arguments.pth": saved({"args": __import__("argparse").Namespace(rank=8), **parts}),
        "whole-module.pth": saved(nn.Linear(2, 2)),
        "before-1.6.pth": saved(parts, _use_new_zipfile_serialization=False),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = io.BytesIO()
        torch.jit.save(torch.jit.script(nn.Linear(2, 2)), script)
    files["script.pt"] = script.getvalue()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    # PyTorch itself reads what was packed anew.
    for name in ("deflated.pth", "big-endian.pth", "views.pth"):
        loaded = torch.load(folder / name, weights_only=True)
        assert all(torch.equal(loaded[part], value) for part, value in parts.items()), name


if __name__ == "__main__":
    main()
