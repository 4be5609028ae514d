"""Heart rate from ECG, and the zones that the task tells apart."""

import numpy as np
from scipy import signal

LABELS = ["rest (below 95 bpm)", "active (95 to 130 bpm)", "vigorous (130 bpm and above)"]
EDGES = (95.0, 130.0)  # beats per minute


def zone(bpm: np.ndarray) -> np.ndarray:
    """Beats per minute -> 0, 1 or 2; an edge belongs to the zone above it."""
    return np.digitize(bpm, EDGES)


def r_peaks(ecg: np.ndarray, rate: float) -> np.ndarray:
    """Times (s) of R peaks: energy of the 5 to 20 Hz band, peaks above 0.35 of the median 2 s maximum."""
    sos = signal.butter(2, (5.0, 20.0), btype="bandpass", output="sos", fs=rate)
    limit = 6.0 * np.median(np.abs(ecg - np.median(ecg))) + 1e-12
    calm = np.clip(ecg - np.median(ecg), -20 * limit, 20 * limit)  # bursts of lost packets must not set the scale
    band = np.abs(signal.sosfiltfilt(sos, calm))
    width = int(0.08 * rate) | 1
    energy = np.convolve(band, np.ones(width) / width, mode="same")
    span = int(2 * rate)
    local = np.array([energy[max(0, i - span) : i + span].max() for i in range(0, energy.size, span)])
    peaks, _ = signal.find_peaks(energy, height=0.35 * np.median(local), distance=int(0.3 * rate))
    return peaks / rate


def rate_between(peaks: np.ndarray, start: float, end: float) -> float:
    """Beats per minute in [start, end] seconds, NaN where a missed or extra beat is likely (intervals differ by half)."""
    inside = peaks[(peaks >= start) & (peaks <= end)]
    if inside.size < 5:
        return float("nan")
    intervals = np.diff(inside)
    middle = np.median(intervals)
    if intervals.max() > 1.5 * middle or intervals.min() < 0.6 * middle:
        return float("nan")
    return float(60.0 / intervals.mean())
