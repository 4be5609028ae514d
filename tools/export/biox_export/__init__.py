"""Cuts a PyTorch model at a submodule into the ONNX halves of a biox-edge bundle."""

from .cut import CutError, LowerHalf, UpperHalf, block_input
from .export import Export, export_halves, export_lower, export_upper

__all__ = [
    "CutError",
    "Export",
    "LowerHalf",
    "UpperHalf",
    "block_input",
    "export_halves",
    "export_lower",
    "export_upper",
]
