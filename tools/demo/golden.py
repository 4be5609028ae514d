"""Golden values for the runtime: synthetic windows and every intermediate result, computed by SciPy and PyTorch."""

from pathlib import Path

import emulator
import numpy as np
import torch
from evaluate import Chain
from probe import probe_logits
from safetensors.numpy import save

from prepare import RATE, WINDOW, prepare_ppg

SITUATIONS = [
    {"hr": 60},
    {"hr": 72},
    {"hr": 110},
    {"hr": 150},
    {"hr": 98, "motion": 0.6, "noise": 0.1},
    {"script": "rest-to-exercise", "motion": 0.3, "noise": 0.05},
]


def golden_windows(program: Path) -> np.ndarray:
    """Raw PPG [N, 1, WINDOW], one window a situation, from held-back seeds."""
    windows = []
    for i, options in enumerate(SITUATIONS):
        recording = emulator.record(program, emulator.TEST_SEED + 1000 + i, 60, **options)
        windows.append(recording.ppg[:, -WINDOW:])
    return np.array(windows)


@torch.no_grad()
def write_golden(chain: Chain, program: Path, path: Path) -> None:
    """Runs each window through the PyTorch models and writes all steps; `signal` stays float64, the rest is float32."""
    signal = golden_windows(program)
    prepared = prepare_ppg(signal)
    pooled, hidden, bridged, logits = [], [], [], []
    for x in torch.from_numpy(prepared):  # one by one, as the runtime runs them
        features = chain.lower(x[None])
        pooled.append(features.mean(dim=2))
        hidden.append(chain.bridge.hidden(pooled[-1]))
        bridged.append(chain.bridge(features))
        logits.append(probe_logits(chain.probe, chain.model.upper(bridged[-1])))
    tensors = {
        "signal": signal,
        "input": prepared,
        "pooled": torch.cat(pooled).numpy(),
        "hidden": torch.cat(hidden).numpy(),
        "bridged": torch.cat(bridged).numpy(),
        "logits": torch.cat(logits).numpy(),
        "probs": torch.softmax(torch.cat(logits), dim=1).numpy(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    path.write_bytes(save(contiguous, metadata={"rate": str(RATE)}))
