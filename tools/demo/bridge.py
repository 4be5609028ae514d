"""The bridge: trained on unlabelled pairs so that the upper half says of PPG what it says of ECG."""

import torch
from models import PROTOTYPES, Bridge, EcgTransformer, PpgEncoder
from pretrain import schedule
from torch import Tensor, nn
from windows import Sampler

EPSILON = 1e-12


def cosine_loss(a: Tensor, b: Tensor) -> Tensor:
    """Batch mean of 1 - cosine of the flattened [N, T, C] outputs; the epsilon keeps B = 0 defined."""
    a, b = a.flatten(1), b.flatten(1)
    norms = ((a * a).sum(1) + EPSILON) * ((b * b).sum(1) + EPSILON)
    return (1 - (a * b).sum(1) / norms.sqrt()).mean()


def real_prototypes(model: EcgTransformer, sampler: Sampler) -> Tensor:
    """[C_out, P]: randomly chosen tokens that block l really sees."""
    with torch.no_grad():
        tokens = model.at_cut(sampler.batch(64).ecg).flatten(0, 1)
    return tokens[torch.randperm(tokens.shape[0])[:PROTOTYPES]].T


def train_bridge(lower: PpgEncoder, model: EcgTransformer, sampler: Sampler, steps: int) -> tuple[Bridge, float]:
    """Trains A, B and prototypes only; both models stay frozen. Returns the bridge and the last running loss."""
    bridge = Bridge(real_prototypes(model, sampler))
    optimiser = torch.optim.Adam(bridge.parameters(), lr=2e-3)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: schedule(step, steps))
    running = float("nan")
    for step in range(steps):
        batch = sampler.batch(64)
        with torch.no_grad():
            features = lower(batch.ppg)
            target = model(batch.ecg)
        loss = cosine_loss(model.upper(bridge(features)), target)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(bridge.parameters(), 1.0)
        optimiser.step()
        rate.step()
        value = float(loss.detach())
        running = value if step == 0 else 0.98 * running + 0.02 * value
        if step % 200 == 199:
            print(f"  step {step + 1}: 1 - cosine {running:.4f}", flush=True)
    return bridge, running
