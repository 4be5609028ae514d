"""biox-export: halves of a model that a Python function returns.

biox-export lower --model my_models:ppg_encoder --block blocks.6 --example window.npy --out lower.onnx
biox-export upper --model my_models:ecg_model --block blocks.6 --until blocks.7 --example window.npy --out upper.onnx
"""

import argparse
import importlib
import os
import sys

import numpy as np
import torch

from .cut import CutError
from .export import export_lower, export_upper


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="biox-export", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("half", choices=["lower", "upper"])
    options.add_argument(
        "--model", required=True, metavar="MODULE:FUNCTION", help="a function that returns the model, weights loaded"
    )
    options.add_argument("--block", required=True, help="lower: ends at its output; upper: begins at its input")
    options.add_argument("--until", help="upper: ends at the output of this block instead of at the model's end")
    options.add_argument(
        "--example", required=True, help=".npy file: one window, prepared, with a batch dimension of 1"
    )
    options.add_argument("--out", required=True, help="ONNX file to write")
    options.add_argument(
        "--dynamo", action="store_true", help="PyTorch's newer exporter (needs onnxscript; opset 18 or more)"
    )
    options.add_argument("--opset", type=int, help="default: 17, with --dynamo 18")
    return options


def load_model(place: str) -> torch.nn.Module:
    module, _, function = place.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        made = getattr(importlib.import_module(module), function)()
    except (ImportError, AttributeError, ValueError) as error:
        raise CutError(f"Expected --model to be MODULE:FUNCTION, but '{place}' cannot be called: {error}.") from error
    if not isinstance(made, torch.nn.Module):
        raise CutError(f"'{place}' returns {type(made).__name__}, but a torch.nn.Module was expected.")
    return made


def main() -> None:
    options = parser().parse_args()
    try:
        example = torch.from_numpy(np.load(options.example, allow_pickle=False))
        shared = {"dynamo": options.dynamo, "opset": options.opset or (18 if options.dynamo else 17)}
        model = load_model(options.model)
        if options.half == "lower":
            done = export_lower(model, options.block, example, options.out, **shared)
        else:
            done = export_upper(model, options.block, example, options.out, until=options.until, **shared)
    except (CutError, OSError) as error:
        sys.exit(f"biox-export: {error}")
    print(
        f"{done.path}: {list(done.input_shape)} -> {list(done.output_shape)}, differs from PyTorch by {done.difference:.1e}"
    )


if __name__ == "__main__":
    main()
