"""Makes src/prepare/testdata/steps.golden.json: what SciPy gives for each step of a preparation.

    pip install numpy scipy
    python tools/golden/prepare.py

Inputs are computed on both sides from a formula of whole numbers and sines (`recording`), so only outputs are stored: the
first and last 12 values of each channel, where padding shows, and some between. Made with SciPy 1.17 and NumPy 2.4.
"""

import json
import pathlib

import numpy as np
from scipy import signal

OUT = pathlib.Path(__file__).parents[2] / "src/prepare/testdata/steps.golden.json"


def recording(samples, rate, seed):
    """A PPG as a sensor counts it: pulse with harmonic, breathing, noise, on a large offset. Whole numbers."""
    state, noise = seed & 0xFFFFFFFF, np.empty(samples)
    for i in range(samples):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise[i] = state / 2**32 - 0.5
    t = np.arange(samples) / rate
    pulse = 3000 * np.sin(2 * np.pi * 1.2 * t) + 900 * np.sin(2 * np.pi * 2.4 * t + 0.5)
    return np.floor(50000 + pulse + 1500 * np.sin(2 * np.pi * 0.25 * t) + 400 * noise)


def sections(step, rate):
    edges = [step["low"], step["high"]] if step["step"] == "bandpass" else step["cutoff"]
    if step.get("design", "butterworth") == "butterworth":
        return signal.butter(step["order"], edges, step["step"], output="sos", fs=rate)
    return signal.cheby1(step["order"], step["ripple"], edges, step["step"], output="sos", fs=rate)


def taps(step, rate):
    count = step.get("taps") or step["order"] + 1
    low, high, window = step.get("low"), step.get("high"), step.get("window", "hamming")
    if low is None:
        return signal.firwin(count, high, window=window, fs=rate)
    if high is None:
        return signal.firwin(count, low, window=window, fs=rate, pass_zero=False)
    return signal.firwin(count, [low, high], window=window, fs=rate, pass_zero=False)


def filtered(step, x, rate):
    causal = step.get("mode") == "causal"
    if step["step"] in ("bandpass", "lowpass", "highpass"):
        sos = sections(step, rate)
        if causal:
            return signal.sosfilt(sos, x, zi=signal.sosfilt_zi(sos) * x[0])[0]
        return signal.sosfiltfilt(sos, x)
    b, a = (taps(step, rate), [1.0]) if step["step"] == "fir" else signal.iirnotch(step["frequency"], step.get("q", 30), rate)
    if causal:
        return signal.lfilter(b, a, x, zi=signal.lfilter_zi(b, a) * x[0])[0]
    return signal.filtfilt(b, a, x)


def resampled(step, x, rate):
    n = len(x)
    count = step.get("samples") or round(n * step["rate"] / rate)
    method = step.get("method", "polyphase")
    if method == "polyphase" and "samples" in step:
        padtype = "mean" if step.get("padding") == "mean" else "constant"
        return signal.resample_poly(x, count, n, padtype=padtype), rate * count / n
    if method == "polyphase":
        return signal.resample_poly(x, *step["ratio"]), step["rate"]
    if method == "fourier":
        return signal.resample(x, count), rate * count / n
    position = np.arange(count) * (n / count)
    index = np.floor(position).astype(int)
    share = position - index
    return x[index] * (1 - share) + x[np.minimum(index + 1, n - 1)] * share, rate * count / n


def moving_mean(x, width):
    half = width // 2
    return np.array([np.mean(x[max(0, i - half) : i + half + 1]) for i in range(len(x))])


def applied(step, x, rate):
    name = step["step"]
    if name == "resample":
        return resampled(step, x, rate)
    if name in ("bandpass", "lowpass", "highpass", "fir", "notch"):
        x = filtered(step, x, rate)
    elif name == "detrend":
        x = signal.detrend(x, type=step.get("type", "linear"))
    elif name == "moving-mean-band":
        x = (moving_mean(x, step["short"]) if "short" in step else x) - moving_mean(x, step["long"])
    elif name == "zscore":
        x = (x - x.mean()) / (x.std(ddof=step.get("ddof", 0)) + step.get("epsilon", 0))
    elif name == "minmax":
        low, high = step.get("low", 0), step.get("high", 1)
        x = low + (x - x.min()) / (x.max() - x.min()) * (high - low)
    elif name == "quantise":
        x = np.rint((x - x.min()) / (x.max() - x.min()) * step.get("levels", 100))
    elif name == "scale":
        x = x * step.get("factor", 1) + step.get("offset", 0)
    elif name == "clip":
        x = np.clip(x, step.get("low", -np.inf), step.get("high", np.inf))
    else:
        raise ValueError(name)
    return x, rate


def prepared(steps, x, rate):
    for step in steps:
        x, rate = applied(step, x, rate)
    return x


def sample(y):
    n = len(y)
    at = sorted({*range(min(12, n)), *range(max(0, n - 12), n), *range(0, n, max(1, n // 16))})
    return {"length": n, "at": at, "values": [float(f"{y[i]:.15g}") for i in at]}


def window_case(name, samples, rate, steps, seed=1):
    public = [{k: v for k, v in step.items() if k != "ratio"} for step in steps]
    y = prepared(steps, recording(samples, rate, seed), rate)
    return {"name": name, "samples": samples, "rate": rate, "seed": seed, "steps": public, "expected": sample(y)}


def stream_case(name, recorded, samples, rate, steps, ends, seed=2):
    """Windows cut from a recording that the causal steps have filtered as a whole."""
    causal = [step for step in steps if step.get("mode") == "causal"]
    rest = steps[len(causal) :]
    whole = prepared(causal, recording(recorded, rate, seed), rate)
    windows = [{"end": end, **sample(prepared(rest, whole[end - samples : end], rate))} for end in ends]
    return {"name": name, "recorded": recorded, "samples": samples, "rate": rate, "seed": seed, "steps": steps, "windows": windows}


def filters():
    cheby = {"design": "chebyshev1", "ripple": 0.5}
    yield {"step": "bandpass", "order": 4, "low": 0.5, "high": 12, **cheby}
    yield {"step": "bandpass", "order": 3, "low": 0.5, "high": 8}
    yield {"step": "bandpass", "order": 1, "low": 0.1, "high": 20}
    yield {"step": "bandpass", "order": 6, "low": 0.7, "high": 4}
    yield {"step": "bandpass", "order": 5, "low": 1, "high": 10, "design": "chebyshev1", "ripple": 0.05}
    for order in (1, 2, 3, 4, 7, 8):
        yield {"step": "lowpass", "order": order, "cutoff": 8}
        yield {"step": "highpass", "order": order, "cutoff": 0.5}
    yield {"step": "lowpass", "order": 4, "cutoff": 6, **cheby}
    yield {"step": "lowpass", "order": 5, "cutoff": 6, **cheby}
    yield {"step": "highpass", "order": 4, "cutoff": 0.8, **cheby}
    yield {"step": "highpass", "order": 3, "cutoff": 0.8, **cheby}
    yield {"step": "lowpass", "order": 12, "cutoff": 20, "design": "chebyshev1", "ripple": 3}
    yield {"step": "fir", "taps": 51, "low": 0.5, "high": 8}
    yield {"step": "fir", "taps": 52, "low": 0.5, "high": 8, "window": "hann"}
    yield {"step": "fir", "order": 40, "high": 5, "window": "blackman"}
    yield {"step": "fir", "taps": 32, "high": 5, "window": "boxcar"}
    yield {"step": "fir", "taps": 41, "low": 2}
    yield {"step": "notch", "frequency": 20, "q": 30}
    yield {"step": "notch", "frequency": 12.5, "q": 2}


def window_cases():
    for i, step in enumerate(filters()):
        rate, samples = ((125, 625), (50, 500), (64, 511))[i % 3]
        for mode in ("zero-phase", "causal"):
            yield window_case(f"{step['step']} {i} {mode}", samples, rate, [{**step, "mode": mode}], seed=i + 1)
    yield window_case("lowpass at the shortest window", 16, 100, [{"step": "lowpass", "order": 2, "cutoff": 10}])
    for n, m in ((1250, 500), (625, 1000), (500, 501), (501, 500), (500, 250), (251, 753), (509, 128), (7, 16)):
        for method in ("polyphase", "fourier", "linear"):
            yield window_case(f"resample {method} {n} to {m}", n, 125, [{"step": "resample", "method": method, "samples": m}], n)
    for n, m in ((1250, 500), (500, 501), (251, 753)):
        step = {"step": "resample", "samples": m, "padding": "mean"}
        yield window_case(f"resample polyphase {n} to {m} padded with the mean", n, 125, [step], n)
    for rate, target, ratio in ((125, 100, (4, 5)), (125, 62.5, (1, 2)), (44.1, 100, (1000, 441)), (500, 128, (32, 125))):
        step = {"step": "resample", "rate": target, "ratio": ratio}
        yield window_case(f"resample {rate} to {target} Hz", 733, rate, [step])
    for method in ("fourier", "linear"):
        yield window_case(f"resample {method} to 64 Hz", 1250, 125, [{"step": "resample", "method": method, "rate": 64}])
    for n in (3, 400, 401):
        for kind in ("linear", "constant"):
            yield window_case(f"detrend {kind} {n}", n, 125, [{"step": "detrend", "type": kind}])
    for step in (
        {"step": "moving-mean-band", "short": 5, "long": 75},
        {"step": "moving-mean-band", "long": 31},
        {"step": "moving-mean-band", "short": 3, "long": 1201},
        {"step": "zscore"},
        {"step": "zscore", "ddof": 1, "epsilon": 10},
        {"step": "minmax"},
        {"step": "minmax", "low": -1, "high": 3},
        {"step": "quantise"},
        {"step": "quantise", "levels": 255},
        {"step": "scale", "factor": 0.01, "offset": -500},
        {"step": "clip", "low": 48000, "high": 52000},
        {"step": "clip", "high": 51000},
    ):
        yield window_case(json.dumps(step), 333, 50, [step])
    papagei = {"step": "bandpass", "design": "chebyshev1", "order": 4, "ripple": 0.5, "low": 0.5, "high": 12}
    yield window_case("PaPaGei", 3840, 64, [{"step": "resample", "method": "fourier", "rate": 125}, papagei, {"step": "zscore"}])
    hubert = {"step": "fir", "order": 150, "low": 0.05, "high": 47}
    up, down = ({"step": "resample", "method": "linear", "rate": rate} for rate in (500, 100))
    yield window_case("HuBERT-ECG", 15000, 250, [up, hubert, down, {"step": "zscore"}])


def stream_cases():
    ends = [500, 501, 1337, 2500]
    band = {"step": "bandpass", "order": 3, "low": 0.5, "high": 8, "mode": "causal"}
    fir = {"step": "fir", "taps": 64, "high": 15, "mode": "causal"}
    hum = {"step": "notch", "frequency": 50, "q": 25, "mode": "causal"}
    tokens = [{"step": "resample", "method": "linear", "samples": 200}, {"step": "moving-mean-band", "short": 5, "long": 75}]
    yield stream_case("causal bandpass", 2500, 500, 125, [band], ends)
    yield stream_case("causal fir", 2500, 500, 125, [fir], ends)
    yield stream_case("three causal filters, then a window chain", 2500, 500, 125, [hum, fir, band, *tokens], ends)
    yield stream_case("no causal filter", 2500, 500, 125, tokens, ends)


if __name__ == "__main__":
    content = {"windows": list(window_cases()), "streams": list(stream_cases())}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(f"{OUT}: {len(content['windows'])} windows, {len(content['streams'])} streams, {OUT.stat().st_size} bytes")
