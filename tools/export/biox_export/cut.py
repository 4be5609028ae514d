"""Halves of a model as modules of their own: the model itself runs, and hooks take a tensor out or put one in.

The whole model always runs to its end, since both exporters lose their place when a forward pass is left by an exception. What the
result does not depend on is then left out of the graph by the exporter.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class CutError(ValueError):
    """The model cannot be cut at that submodule; the message says why."""


def _submodule(model: nn.Module, name: str) -> nn.Module:
    try:
        return model.get_submodule(name)
    except AttributeError:
        names = [n for n, _ in model.named_modules() if n]
        near = [n for n in names if n.rpartition(".")[2] == name.rpartition(".")[2]] or names
        raise CutError(f"The model has no submodule '{name}'. It has {', '.join(near[:8])}.") from None


def _only_tensor(value: object, what: str) -> Tensor:
    """The tensor of a block that returns one, or a tuple that begins with one (as blocks of transformers do)."""
    if isinstance(value, tuple | list) and value:
        value = value[0]
    if not isinstance(value, Tensor):
        raise CutError(f"{what} is not a tensor but {type(value).__name__}.")
    return value


def _once(seen: list[Tensor], name: str) -> Tensor:
    if len(seen) != 1:
        raise CutError(f"The model runs '{name}' {len(seen)} times, but once was expected.")
    return seen[0]


class _Half(nn.Module):
    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.model = model
        self.name = name
        _submodule(model, name)

    @property
    def block(self) -> nn.Module:
        return _submodule(self.model, self.name)


class LowerHalf(_Half):
    """The model from its input to the output of a block, or with `before` to its input."""

    def __init__(self, model: nn.Module, name: str, *, before: bool = False) -> None:
        super().__init__(model, name)
        self.before = before

    def forward(self, signal: Tensor) -> Tensor:
        taken: list[Tensor] = []

        def take(_module: nn.Module, inputs: tuple, output: object) -> None:
            which = "input" if self.before else "output"
            taken.append(_only_tensor(inputs if self.before else output, f"The {which} of '{self.name}'"))

        handle = self.block.register_forward_hook(take)
        try:
            self.model(signal)
        finally:
            handle.remove()
        return _once(taken, self.name)


class UpperHalf(_Half):
    """The model from the input of a block to its end, or to the output of another block.

    The model is run on an example of its own input, and a forward pre-hook puts the tokens in place of what the block would get: the
    semantics of the method's training code. What comes before the block runs on constants, and is left out of the ONNX graph.
    """

    def __init__(self, model: nn.Module, name: str, example: Tensor, until: str | None = None) -> None:
        super().__init__(model, name)
        self.until = until
        self.register_buffer("example", example, persistent=False)
        if until is not None:
            _submodule(model, until)

    def forward(self, tokens: Tensor) -> Tensor:
        used: list[Tensor] = []
        taken: list[Tensor] = []

        def put(_module: nn.Module, inputs: tuple, kwargs: dict) -> tuple[tuple, dict]:
            if not inputs:
                raise CutError(f"'{self.name}' gets its input by name; it must be its first argument.")
            before = _only_tensor(inputs[0], f"The input of '{self.name}'")
            if before.shape != tokens.shape:
                raise CutError(f"'{self.name}' expects {list(before.shape)}, but the tokens are {list(tokens.shape)}.")
            used.append(before)
            return (tokens, *inputs[1:]), kwargs

        def take(_module: nn.Module, _inputs: object, output: object) -> None:
            taken.append(_only_tensor(output, f"The output of '{self.until}'"))

        handles = [self.block.register_forward_pre_hook(put, with_kwargs=True)]
        if self.until is not None:
            handles.append(_submodule(self.model, self.until).register_forward_hook(take))
        try:
            output = self.model(self.example)
        finally:
            for handle in handles:
                handle.remove()
        _once(used, self.name)
        return _only_tensor(output, "The output of the model") if self.until is None else _once(taken, self.until)


@torch.no_grad()
def block_input(model: nn.Module, name: str, example: Tensor) -> Tensor:
    """What a block gets when the model runs on an example: the true tokens."""
    seen: list[Tensor] = []
    hook: Callable = lambda _module, inputs: seen.append(
        _only_tensor(inputs[0] if inputs else None, f"Input of '{name}'")
    )
    handle = _submodule(model, name).register_forward_pre_hook(hook)
    try:
        model(example)
    finally:
        handle.remove()
    return _once(seen, name).clone()
