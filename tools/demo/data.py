"""Recordings: paired PPG and ECG at 100 Hz, with a heart rate for the last 8 s of each window."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from heart_rate import r_peaks, rate_between
from scipy import signal

from prepare import RATE, SECONDS

LABEL_SECONDS = 8.0

# By subject, never by window. Heart rates of the pair, validation and test subjects are used for evaluation only.
SPLITS = {
    "train": ["troika-01", "troika-03", "troika-05", "ncku-595"],
    "pair": ["troika-04"],
    "validation": ["troika-06"],
    "test": ["troika-02", "troika-07", "ncku-809"],
}


@dataclass
class Recording:
    name: str
    subject: str
    ppg: np.ndarray  # [channels, samples] at RATE, raw units
    ecg: np.ndarray  # [samples] at RATE
    ends: np.ndarray  # s, ends of labelled windows, each >= SECONDS
    bpm: np.ndarray  # beats per minute over the LABEL_SECONDS before each end
    motion: np.ndarray | None = None  # [axes, samples] acceleration at RATE, where it was recorded


def _table(path: Path, skip: int) -> np.ndarray:
    with gzip.open(path, "rt") as text:
        return np.loadtxt(text, delimiter=",", skiprows=skip)


def load_troika(folder: Path) -> list[Recording]:
    """125 Hz, two PPG channels; heart rate of each 8 s window every 2 s from the authors' file."""
    recordings = []
    for path in sorted(folder.glob("*.csv.gz")):
        table = _table(path, 1)
        labels = np.loadtxt(path.with_name(path.name.replace(".csv.gz", "_hr.csv")), delimiter=",", skiprows=1)
        ecg, ppg1, ppg2, *motion = signal.resample_poly(table[:, 1:7].T, 4, 5, axis=1, padtype="line")
        ends = labels[:, 0] + LABEL_SECONDS
        usable = (ends >= SECONDS) & (ends <= ecg.size / RATE)
        name = path.name.removesuffix(".csv.gz")
        ppg = np.array([ppg1, ppg2])
        labelled = (ends[usable], labels[usable, 1])
        recordings.append(Recording(f"troika/{name}", f"troika-{name[:2]}", ppg, ecg, *labelled, np.array(motion)))
    return recordings


def load_ncku(folder: Path) -> list[Recording]:
    """50 Hz, one PPG channel, first ECG channel; heart rate from its R peaks every 2 s. The zero tail is cut off."""
    recordings = []
    for path in sorted(folder.glob("*/*.csv.gz")):
        table = _table(path, 0)
        table = table[: np.flatnonzero(table[:, 2:6].any(axis=1))[-1] + 1]
        ppg, ecg = signal.resample_poly(table[:, 2:4].T, 2, 1, axis=1, padtype="line")
        peaks = r_peaks(ecg, RATE)
        ends = np.arange(SECONDS, ecg.size / RATE, 2.0)
        bpm = np.array([rate_between(peaks, end - LABEL_SECONDS, end) for end in ends])
        known = np.isfinite(bpm)
        subject, *condition = path.name.split("_")[:3]
        name = f"ncku/{subject}_{'_'.join(condition)}"
        recordings.append(Recording(name, f"ncku-{subject}", ppg[None], ecg, ends[known], bpm[known]))
    return recordings


def load_recordings(folder: Path) -> dict[str, list[Recording]]:
    """All recordings of `folder`, by split."""
    everything = load_troika(folder / "troika") + load_ncku(folder / "ncku_bike_ppg_ecg")
    if not everything:
        raise SystemExit(f"no recordings in {folder}: expected troika/*.csv.gz and ncku_bike_ppg_ecg/*/*.csv.gz")
    return {split: [r for r in everything if r.subject in subjects] for split, subjects in SPLITS.items()}
