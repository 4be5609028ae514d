"""Small models of both kinds, with random weights of one seed."""

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """A transformer's block that returns a tuple, as those of the transformers library do."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        y = self.norm(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return (x + self.feed(x),)


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.blocks = nn.ModuleList(Block(8) for _ in range(3))
        self.head = nn.Linear(8, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        for block in self.blocks:
            (x,) = block(x)
        return self.head(x.mean(dim=1))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Conv1d(4, 4, 3, padding=1), nn.BatchNorm1d(4), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class Convolutional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(1, 4, 7, stride=2, padding=3)
        self.blocks = nn.ModuleList(Residual() for _ in range(3))
        self.head = nn.Linear(4, 2)

    def forward(self, signal: Tensor) -> Tensor:
        x = self.stem(signal)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(dim=2))


class Repeated(nn.Module):
    """Runs its one block twice: no place to cut."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.block(self.block(x))


def seeded(kind: type[nn.Module]) -> nn.Module:
    torch.manual_seed(3)
    return kind().eval()


def transformer() -> nn.Module:
    return seeded(Transformer)
