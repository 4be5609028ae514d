"""Pretraining without labels, one recipe for both signals.

Two tasks share an encoder:
* masked reconstruction: spans of the input are zeroed and rebuilt from the features;
* tempo equivariance (after Quinton, "Equivariant self-supervision for musical tempo estimation", ISMIR 2022): two
  windows of the same recording, a few seconds apart, played at different speeds s1 and s2 must differ by
  log s1 - log s2 in one linear read-out of the mean-pooled features. No heart rate is used, yet the pooled features
  must keep the rate, and must keep it whatever noise, sway, channel and polarity do.
"""

import math
from collections.abc import Callable

import torch
from models import ECG_WIDTH, PATCH, PPG_WIDTH, EcgTransformer, PpgEncoder
from torch import Tensor, nn
from windows import Batch, Sampler

MASK_SPAN = 25  # samples: half a second
MASK_SHARE = 0.3


def mask_spans(signal: Tensor) -> tuple[Tensor, Tensor]:
    """Zeroes whole spans of [N, 1, 500]; returns the masked signal and the mask (1 where hidden)."""
    n, _, samples = signal.shape
    mask = (torch.rand(n, 1, samples // MASK_SPAN) < MASK_SHARE).float().repeat_interleave(MASK_SPAN, dim=2)
    return signal * (1 - mask), mask


def schedule(step: int, steps: int) -> float:
    """Learning-rate factor: linear warm-up over 5 %, then half a cosine."""
    warm = max(1, steps // 20)
    return min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * step / steps))


class Pretext(nn.Module):
    """Encoder output [N, frames, C] with the two heads that are thrown away afterwards."""

    def __init__(self, width: int, samples_per_frame: int):
        super().__init__()
        self.rebuild = nn.Linear(width, samples_per_frame)
        self.tempo = nn.Linear(width, 1)


def pretrain(
    encoder: nn.Module,
    frames_of: Callable[[Tensor], Tensor],
    pretext: Pretext,
    signal_of: Callable[[Batch], Tensor],
    sampler: Sampler,
    steps: int,
    size: int,
) -> dict[str, float]:
    """Trains `encoder` in place; returns the running means of both losses.

    `frames_of` encodes [N, 1, 500] to [N, frames, C]; `signal_of` picks PPG or ECG of a batch of `size` pairs of windows.
    """
    parameters = [*encoder.parameters(), *pretext.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=1e-2)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: schedule(step, steps))
    encoder.train()
    running = {}
    for step in range(steps):
        batch = sampler.batch(size, views=2, apart=4.0)
        signal = signal_of(batch)
        original = signal[::4]  # a quarter of the windows is enough for the easier of the two tasks
        masked, mask = mask_spans(original)
        whole, hidden = frames_of(torch.cat([signal, masked])).split([len(signal), len(masked)])
        rebuilt = pretext.rebuild(hidden).flatten(1)[:, : signal.shape[2]]
        rebuild_loss = ((rebuilt - original[:, 0]) ** 2 * mask[:, 0]).sum() / mask.sum()
        tempo = pretext.tempo(whole.mean(dim=1))[:, 0].reshape(-1, 2)
        truth = batch.stretch.log().reshape(-1, 2)
        error = (tempo[:, 0] - tempo[:, 1]) - (truth[:, 0] - truth[:, 1])
        tempo_loss = nn.functional.huber_loss(error, torch.zeros_like(error), delta=0.1) / 0.1
        loss = tempo_loss * 3 + rebuild_loss * 0.3
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        rate.step()
        for name, value in (("rebuild", rebuild_loss), ("tempo", tempo_loss)):
            running[name] = 0.98 * running.get(name, float(value.detach())) + 0.02 * float(value.detach())
        if step % 200 == 199:
            print(f"  step {step + 1}: " + ", ".join(f"{k} {v:.4f}" for k, v in running.items()), flush=True)
    encoder.eval()
    return running


def pretrain_ppg(sampler: Sampler, steps: int) -> tuple[PpgEncoder, dict]:
    """PPG encoder, and its last (running mean) losses."""
    encoder = PpgEncoder()
    pretext = Pretext(PPG_WIDTH, 8)
    losses = pretrain(encoder, lambda x: encoder(x).transpose(1, 2), pretext, lambda b: b.ppg, sampler, steps, 48)
    return encoder, losses


def pretrain_ecg(sampler: Sampler, steps: int) -> tuple[EcgTransformer, dict]:
    """ECG transformer, and its last (running mean) losses."""
    model = EcgTransformer()
    pretext = Pretext(ECG_WIDTH, PATCH)
    losses = pretrain(model, model, pretext, lambda b: b.ecg, sampler, steps, 32)
    return model, losses
