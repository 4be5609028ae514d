"""Both models. Small on purpose: the bundle is meant to travel with the repository.

Shapes: N batch, C channels or width, T frames or tokens.
"""

import torch
from torch import Tensor, nn

PPG_WIDTH = 64
ECG_WIDTH = 64
PATCH = 10  # ECG samples a token: 0.2 s at 50 Hz
TOKENS = 50
HEADS = 4
HEAD_WIDTH = ECG_WIDTH // HEADS
BLOCKS = 4
TUNED = 2  # blocks from here on are fine-tuned with the probe


class ConvBlock(nn.Module):
    """Convolution, batch norm, ReLU; a residual block where shape allows it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, dilation: int = 1):
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride, padding, dilation, bias=False)
        self.norm = nn.BatchNorm1d(outputs)
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm(self.conv(x)))
        return x + y if self.residual else y


class PpgEncoder(nn.Module):
    """PPG [N, 1, 500] at 50 Hz -> features [N, 64, 63], each of which sees the 6.3 s around it.

    The bridge sees the mean over time only. Rectified responses of filters longer than a beat keep the pulse rate
    in that mean, as the energies of a filter bank do.
    """

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvBlock(1, 32, 15, 2),
            ConvBlock(32, 48, 9, 2),
            ConvBlock(48, PPG_WIDTH, 9, 2),
            ConvBlock(PPG_WIDTH, PPG_WIDTH, 9, 1),
            ConvBlock(PPG_WIDTH, PPG_WIDTH, 9, 1, dilation=2),
            ConvBlock(PPG_WIDTH, PPG_WIDTH, 5, 1),
        )

    def forward(self, signal: Tensor) -> Tensor:
        return self.blocks(signal)


class EcgBlock(nn.Module):
    """Pre-LayerNorm transformer block, [N, T, C] -> [N, T, C]."""

    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(ECG_WIDTH)
        self.qkv = nn.Linear(ECG_WIDTH, 3 * ECG_WIDTH)
        self.out = nn.Linear(ECG_WIDTH, ECG_WIDTH)
        self.norm2 = nn.LayerNorm(ECG_WIDTH)
        self.mlp = nn.Sequential(nn.Linear(ECG_WIDTH, 4 * ECG_WIDTH), nn.ReLU(), nn.Linear(4 * ECG_WIDTH, ECG_WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        n, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, HEADS, HEAD_WIDTH).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) * HEAD_WIDTH**-0.5, dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, t, c))
        return x + self.mlp(self.norm2(x))


class EcgTransformer(nn.Module):
    """ECG [N, 1, 500] at 50 Hz -> last block's output [N, 50, 64]. Patches overlap by half on each side."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv1d(1, ECG_WIDTH, 2 * PATCH, PATCH, PATCH // 2)
        self.position = nn.Parameter(0.02 * torch.randn(TOKENS, ECG_WIDTH))
        self.blocks = nn.ModuleList(EcgBlock() for _ in range(BLOCKS))

    def forward(self, signal: Tensor) -> Tensor:
        x = self.embed(signal).transpose(1, 2) + self.position
        for block in self.blocks:
            x = block(x)
        return x


class Pooled(nn.Module):
    """A PPG encoder as others would publish it: features [N, 64, 63], and their mean over time [N, 64]."""

    def __init__(self, encoder: PpgEncoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, signal: Tensor) -> Tensor:
        return self.encoder(signal).mean(dim=2)


class Classifier(nn.Module):
    """The old model with its task head: ECG [N, 1, 500] -> logits [N, K]."""

    def __init__(self, model: EcgTransformer, probe: nn.Linear):
        super().__init__()
        self.model = model
        self.probe = probe

    def forward(self, signal: Tensor) -> Tensor:
        return self.probe(self.model(signal).mean(dim=1))


def frozen(model: nn.Module) -> nn.Module:
    """The same model, in evaluation mode and without gradients to its parameters."""
    return model.eval().requires_grad_(False)
