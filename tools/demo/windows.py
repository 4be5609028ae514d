"""Random training windows (with time stretching) and the fixed windows of an evaluation."""

from dataclasses import dataclass

import numpy as np
import torch
from data import Recording

from prepare import RATE, WINDOW, prepare_ecg, prepare_ppg

MOTION = 0.5  # largest added movement, in standard deviations of the PPG window


@dataclass
class Batch:
    ppg: torch.Tensor  # [N, 1, 500]
    ecg: torch.Tensor  # [N, 1, 500]
    stretch: torch.Tensor  # [N] raw seconds played in one second: multiplies every rate in the window
    bpm: torch.Tensor  # [N] heart rate after stretching; NaN where unlabelled
    subjects: list[str]  # [N]


def _cut(channel: np.ndarray, end: float, stretch: float) -> np.ndarray:
    """WINDOW samples that end at `end` seconds, read `stretch` times as fast (linear interpolation)."""
    at = end * RATE - 1 - stretch * np.arange(WINDOW - 1, -1, -1)
    return np.interp(at, np.arange(channel.size), channel)


def disturb(raw: np.ndarray, motion: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """PPG [N, WINDOW] with white noise, a slow sway, somebody's arm movement and either polarity (sensors differ in it)."""
    n = raw.shape[0]
    time = np.arange(WINDOW) / RATE
    sway = np.sin(2 * np.pi * (draw.uniform(0.05, 0.4, (n, 1)) * time + draw.uniform(0, 1, (n, 1))))
    noise = draw.uniform(0, 0.4, (n, 1)) * draw.standard_normal(raw.shape) + draw.uniform(0, 0.7, (n, 1)) * sway
    moves = np.maximum(0.0, draw.uniform(-MOTION, MOTION, (n, 1)))  # half of all windows are left in peace
    steady = motion - motion.mean(axis=1, keepdims=True)
    steady /= steady.std(axis=1, keepdims=True) + 1e-9
    return draw.choice([-1.0, 1.0], (n, 1)) * (raw + raw.std(axis=1, keepdims=True) * (noise + moves * steady))


class Sampler:
    """Draws windows from recordings, every recording in proportion to its length and weight."""

    def __init__(self, recordings: list[Recording], weights: list[float], seed: int, labelled: bool = False):
        self.recordings = recordings
        self.labelled = labelled
        size = np.array([r.ecg.size for r in recordings]) * weights
        self.share = size / size.sum()
        self.draw = np.random.default_rng(seed)
        self.movers = [axis for r in recordings if r.motion is not None for axis in r.motion]

    def _motion(self) -> np.ndarray:
        """WINDOW samples of acceleration of anybody at any time and speed, so that its cadence says nothing of the heart."""
        if not self.movers:
            return np.zeros(WINDOW)
        axis = self.movers[self.draw.integers(len(self.movers))]
        stretch = float(np.exp(self.draw.uniform(-0.4, 0.4)))
        return _cut(axis, self.draw.uniform(stretch * WINDOW / RATE, axis.size / RATE), stretch)

    def _place(self, recording: Recording, stretch: float) -> tuple[float, float]:
        """End of a window and its heart rate; labelled windows end where a label does and vary by chance as those do."""
        first = stretch * WINDOW / RATE
        if self.labelled:
            fits = np.flatnonzero(recording.ends >= first)
            chosen = self.draw.choice(fits)
            return recording.ends[chosen], recording.bpm[chosen] * stretch
        return self.draw.uniform(first, recording.ecg.size / RATE), float("nan")

    def batch(self, size: int, spread: float = 0.35, views: int = 1, apart: float = 0.0) -> Batch:
        """`size` places; of each, `views` windows with their own stretch of exp(+-spread), up to `apart` seconds away.

        Returns size*views windows, the views of one place next to each other.
        """
        ppg, ecg, stretches, rates, subjects = [], [], [], [], []
        for index in self.draw.choice(len(self.recordings), size, p=self.share):
            recording = self.recordings[index]
            place = None
            for _ in range(views):
                stretch = float(np.exp(self.draw.uniform(-spread, spread)))
                end, bpm = self._place(recording, stretch)
                if place is not None:
                    last = recording.ecg.size / RATE
                    end = float(np.clip(place + self.draw.uniform(-apart, apart), stretch * WINDOW / RATE, last))
                place = end if place is None else place
                ppg.append(_cut(recording.ppg[self.draw.integers(recording.ppg.shape[0])], end, stretch))
                ecg.append(_cut(recording.ecg, end, stretch))
                stretches.append(stretch)
                rates.append(bpm)
                subjects.append(recording.subject)
        ecg_raw = np.array(ecg) * self.draw.choice([-1.0, 1.0], (len(ecg), 1))
        spread_ecg = ecg_raw.std(axis=1, keepdims=True)
        ecg_raw += spread_ecg * self.draw.uniform(0, 0.15, (len(ecg), 1)) * self.draw.standard_normal(ecg_raw.shape)
        motion = np.array([self._motion() for _ in ppg])
        return Batch(
            torch.from_numpy(prepare_ppg(disturb(np.array(ppg), motion, self.draw)))[:, None],
            torch.from_numpy(prepare_ecg(ecg_raw))[:, None],
            torch.tensor(stretches, dtype=torch.float32),
            torch.tensor(rates, dtype=torch.float32),
            subjects,
        )


@dataclass
class Windows:
    """Every labelled window of some recordings, as it is."""

    ppg: np.ndarray  # [N, WINDOW]
    ecg: np.ndarray  # [N, WINDOW]
    bpm: np.ndarray  # [N]
    subjects: list[str]  # [N]


def labelled_windows(recordings: list[Recording], channel: int = 0) -> Windows:
    """From PPG `channel`, or the last there is."""
    ppg, ecg, bpm, subjects = [], [], [], []
    for r in recordings:
        source = r.ppg[min(channel, r.ppg.shape[0] - 1)]
        for end, rate in zip(r.ends, r.bpm, strict=True):
            last = round(end * RATE)
            if last > r.ecg.size:
                continue
            ppg.append(source[last - WINDOW : last])
            ecg.append(r.ecg[last - WINDOW : last])
            bpm.append(rate)
            subjects.append(r.subject)
    return Windows(np.array(ppg), np.array(ecg), np.array(bpm), subjects)
