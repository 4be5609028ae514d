"""The old model's task: heart-rate zones from ECG. The only place where labels train anything.

The first blocks stay as pretrained; the last ones are fine-tuned lightly together with the probe.
"""

import numpy as np
import torch
from heart_rate import LABELS, zone
from models import ECG_WIDTH, TUNED, EcgTransformer
from pretrain import schedule
from torch import Tensor, nn
from windows import Sampler


def probe_logits(probe: nn.Linear, last_block: Tensor) -> Tensor:
    """Mean over tokens of [N, T, C], then the linear layer: [N, K]."""
    return probe(last_block.mean(dim=1))


def train_probe(model: EcgTransformer, sampler: Sampler, steps: int) -> tuple[nn.Linear, float]:
    """Trains the last blocks of `model` in place and a new probe; returns the probe and the last running loss."""
    probe = nn.Linear(ECG_WIDTH, len(LABELS))
    model.requires_grad_(False)
    tuned = model.blocks[TUNED:].requires_grad_(True)
    parameters = [
        {"params": tuned.parameters(), "lr": 5e-4, "weight_decay": 1e-2},
        {"params": probe.parameters(), "lr": 2e-3, "weight_decay": 1e-3},
    ]
    optimiser = torch.optim.AdamW(parameters)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: schedule(step, steps))
    running = float("nan")
    for step in range(steps):
        batch = sampler.batch(64)
        target = torch.from_numpy(zone(batch.bpm.numpy()).astype(np.int64))
        loss = nn.functional.cross_entropy(probe_logits(probe, model(batch.ecg)), target, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
        value = float(loss.detach())
        running = value if step == 0 else 0.98 * running + 0.02 * value
        if step % 200 == 199:
            print(f"  step {step + 1}: cross-entropy {running:.4f}", flush=True)
    return probe, running
