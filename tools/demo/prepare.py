"""The preparation of one window, with SciPy: the specification of the bundle's `prepare` list.

Every function takes [..., samples] in float64 and treats each window alone, without state, as the runtime does.
"""

import numpy as np
from scipy import signal

RATE = 100  # Hz, raw samples of both modalities
SECONDS = 10
WINDOW = RATE * SECONDS
MODEL_RATE = 50  # Hz, what both models see
SAMPLES = MODEL_RATE * SECONDS

PPG_BAND = (0.5, 8)
ECG_BAND = (5, 20)

# Filter first, resample second: polyphase resampling takes samples outside the window for zero, and raw counts have a
# large constant part that would ring at both ends.
PPG_STEPS = [
    {
        "step": "bandpass",
        "design": "butterworth",
        "order": 2,
        "low": PPG_BAND[0],
        "high": PPG_BAND[1],
        "mode": "zero-phase",
    },
    {"step": "resample", "method": "polyphase", "rate": MODEL_RATE},
    {"step": "zscore"},
    {"step": "clip", "low": -5, "high": 5},
    {"step": "cast", "dtype": "float32"},
]


def _prepare(raw: np.ndarray, band: tuple[float, float]) -> np.ndarray:
    sos = signal.butter(2, band, btype="bandpass", output="sos", fs=RATE)
    y = signal.sosfiltfilt(sos, raw, axis=-1)
    y = signal.resample_poly(y, 1, 2, axis=-1)
    y = y - y.mean(axis=-1, keepdims=True)
    deviation = y.std(axis=-1, keepdims=True)
    y = np.divide(y, deviation, out=np.zeros_like(y), where=deviation > 0)
    return np.clip(y, -5.0, 5.0).astype(np.float32)


def prepare_ppg(raw: np.ndarray) -> np.ndarray:
    """Raw PPG at RATE [..., WINDOW] -> model input float32 [..., SAMPLES]. Exactly PPG_STEPS."""
    return _prepare(raw, PPG_BAND)


def prepare_ecg(raw: np.ndarray) -> np.ndarray:
    """Raw ECG at RATE [..., WINDOW] -> model input float32 [..., SAMPLES]. Offline only: no wearable here sends ECG."""
    return _prepare(raw, ECG_BAND)
