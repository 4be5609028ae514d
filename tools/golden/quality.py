"""Makes src/quality/testdata/pulse.golden.json: peaks, skewness, purity and pulse rate as NumPy and SciPy compute them.

    pip install numpy scipy
    python tools/golden/quality.py

The signal is computed on both sides from a formula (`pulse_wave`), so only results are stored. Made with SciPy 1.17, NumPy 2.4.
"""

import json
import pathlib

import numpy as np
from scipy import signal, stats

OUT = pathlib.Path(__file__).parents[2] / "src/quality/testdata/pulse.golden.json"


def pulse_wave(samples, rate, bpm, noise, seed):
    """A wave with a dicrotic notch on breathing and a large offset, with noise from a linear congruential generator."""
    state, random = seed, np.empty(samples)
    for i in range(samples):
        state = (state * 1664525 + 1013904223) % 2**32
        random[i] = state / 2**32 - 0.5
    t = np.arange(samples) / rate
    phase = 2 * np.pi * bpm / 60 * t
    wave = np.sin(phase) + 0.4 * np.sin(2 * phase + 1) + 0.15 * np.sin(3 * phase + 2)
    return 2000 + 100 * wave + 80 * np.sin(2 * np.pi * 0.25 * t) + 100 * noise * random


def analyse(x, rate):
    factor = max(1, int(rate // 50))
    slow = x[: len(x) // factor * factor].reshape(-1, factor).mean(axis=1)
    rate = rate / factor
    high = min(8, 0.45 * rate)
    y = signal.sosfiltfilt(signal.butter(2, [0.7, high], "bandpass", fs=rate, output="sos"), slow)
    n = len(y)
    full = np.correlate(y, y, "full")[n - 1 :]
    r = full / full[0] * n / (n - np.arange(n))
    lags = r[: int(np.ceil(rate * 60 / 30)) + 2]
    tops = [k for k in range(int(rate * 60 // 230), len(lags) - 1) if lags[k] >= lags[k - 1] and lags[k] > lags[k + 1]]
    period = next(k for k in tops if lags[k] > 0.5 * max(lags[tops]))
    peaks, _ = signal.find_peaks(y, distance=max(1, int(0.6 * period)), prominence=0.3 * np.std(y))
    half = period // 2
    peaks = [i for i in peaks if i - half >= 0 and i + half < n]
    refined = [i + 0.5 * (y[i - 1] - y[i + 1]) / (y[i - 1] - 2 * y[i] + y[i + 1]) for i in peaks]
    gaps = np.diff(refined)
    near = gaps[(gaps > 0.6 * np.median(gaps)) & (gaps < 1.5 * np.median(gaps))]
    bpm = 60 * rate / near.mean()
    beats = np.array([y[i - half : i + half + 1] for i in peaks])
    template = beats.mean(axis=0)
    power = np.abs(np.fft.rfft((y - y.mean()) * np.hanning(n))) ** 2
    hertz = np.fft.rfftfreq(n, 1 / rate)
    band = (hertz >= 0.7) & (hertz <= high)
    harmonic = np.round(hertz / (bpm / 60))
    pulse = band & (harmonic >= 1) & (harmonic <= 3) & (np.abs(hertz - harmonic * bpm / 60) < 0.2)
    return {
        "pulseRate": bpm,
        "templateCorrelation": np.mean([np.corrcoef(beat, template)[0, 1] for beat in beats]),
        "spectralPurity": power[pulse].sum() / power[band].sum(),
        "skewness": stats.skew(y),
        "perfusionIndex": 100 * np.ptp(y) / slow.mean(),
    }


def main():
    cases = []
    for samples, rate, bpm, noise, seed in [
        (500, 50, 72, 0.2, 1),
        (1250, 125, 58, 0.5, 2),
        (640, 64, 131, 1.0, 3),
        (10000, 1000, 90, 2.0, 4),
        (2000, 100, 45, 3.0, 5),
    ]:
        x = pulse_wave(samples, rate, bpm, noise, seed)
        signal_of = {"samples": samples, "rate": rate, "bpm": bpm, "noise": noise, "seed": seed}
        cases.append({"signal": signal_of, "expected": analyse(x, rate)})
    x = np.round(pulse_wave(400, 50, 80, 4.0, 6))
    peaks = [
        {"options": options, "expected": signal.find_peaks(x, **options)[0].tolist()}
        for options in [{}, {"distance": 20}, {"prominence": 150}, {"height": 2100, "distance": 7, "prominence": 60}]
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"windows": cases, "peaks": peaks}, indent=1) + "\n")


main()
