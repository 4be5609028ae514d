"""Makes src/align/train/testdata/train.golden.json: losses with their gradients, steps of Adam with a cosine schedule, and the best
linear map of rank r, as PyTorch and NumPy compute them.

    pip install numpy torch
    python tools/golden/align.py

Inputs come from a generator that both sides have (`sequence`), so only results are stored. Made with PyTorch 2.13, NumPy 2.5.
"""

import json
import pathlib

import numpy as np
import torch

OUT = pathlib.Path(__file__).parents[2] / "src/align/train/testdata/train.golden.json"
torch.set_default_dtype(torch.float64)


def sequence(count, seed):
    """Numbers in [-0.5, 0.5) from a linear congruential generator, rounded to float32."""
    state, numbers = seed, np.empty(count)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        numbers[i] = state / 2**32 - 0.5
    return numbers.astype(np.float32).astype(np.float64)


def losses():
    def cosine(a, b):
        return 1 - (a * b).sum() / torch.sqrt(((a * a).sum() + 1e-12) * ((b * b).sum() + 1e-12))

    kinds = {"cosine": cosine, "mse": torch.nn.functional.mse_loss, "l1": torch.nn.functional.l1_loss}
    found = {}
    for name, loss in kinds.items():
        a = torch.tensor(sequence(24, 1), requires_grad=True)
        value = loss(a, torch.tensor(sequence(24, 2)))
        value.backward()
        found[name] = {"loss": value.item(), "gradient": a.grad.tolist()}
    a = torch.zeros(6, requires_grad=True)
    value = cosine(a, torch.tensor(sequence(6, 2)))
    value.backward()
    found["cosine of zero"] = {"loss": value.item(), "gradient": a.grad.tolist()}
    return found


def adam(schedule, steps=12):
    p = torch.tensor(sequence(8, 3), dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.Adam([p], lr=0.05)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps) if schedule == "cosine" else None
    for step in range(steps):
        p.grad = torch.tensor(sequence(8, 10 + step), dtype=torch.float32)
        optimizer.step()
        if scheduler:
            scheduler.step()
    return p.tolist()


def reduced_rank(ridge, n=40, channels=5, tokens=4, width=3, rank=2):
    """Ridge regression by stacking rows below x, then the SVD of the fitted values: the textbook's way, not the one under test."""
    x = sequence(n * channels, 5).reshape(n, channels)
    y = sequence(n * tokens * width, 6).reshape(n, tokens * width) + x @ sequence(channels * tokens * width, 7).reshape(channels, -1)
    y = y.astype(np.float32).astype(np.float64)
    penalty = ridge * np.trace(x.T @ x) / channels
    tall_x = np.vstack([x, np.sqrt(penalty) * np.eye(channels)])
    tall_y = np.vstack([y, np.zeros((channels, y.shape[1]))])
    full = np.linalg.lstsq(tall_x, tall_y, rcond=None)[0]
    right = np.linalg.svd(tall_x @ full, full_matrices=False)[2][:rank]
    best = full @ right.T @ right
    return {"ridge": ridge, "map": best.ravel().tolist()}


golden = {
    "losses": losses(),
    "adam": {schedule: adam(schedule) for schedule in ("constant", "cosine")},
    "reducedRank": [reduced_rank(ridge) for ridge in (0.0, 0.1)],
}
OUT.parent.mkdir(exist_ok=True)
OUT.write_text(json.dumps(golden) + "\n")
