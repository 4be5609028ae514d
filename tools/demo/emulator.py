"""Synthetic pairs from the project's own wearable emulator (firmware-bridge/emulator), compiled on the spot."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from data import LABEL_SECONDS, Recording

from prepare import RATE, SECONDS

ROOT = Path(__file__).resolve().parents[2]
TRAIN_SEED = 1_000
TEST_SEED = 900_000  # seeds from here on are held back: each seed is another wearer


def build() -> Path:
    """Compiles the emulator into a temporary folder and returns its path."""
    target = Path(tempfile.mkdtemp(prefix="biox-demo-")) / "biox-emulator"
    sources = [*ROOT.glob("firmware-bridge/emulator/*.c"), *ROOT.glob("firmware-bridge/src/*.c")]
    includes = ["-I", str(ROOT / "firmware-bridge/src")]
    command = ["cc", "-std=c11", "-O2", *includes, *map(str, sorted(sources)), "-lm", "-lutil", "-o", str(target)]
    subprocess.run(command, check=True)
    return target


def record(program: Path, seed: int, seconds: float, **options: object) -> Recording:
    """One synthetic recording; `options` become command-line options. The label is the mean rate of the last 8 s."""
    arguments = ["--csv-out", "--rate", str(RATE), "--duration", f"{seconds:g}", "--seed", str(seed)]
    for name, value in options.items():
        arguments += [f"--{name}", str(value)]
    text = subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
    _, ppg, ecg, rate = np.loadtxt(text.splitlines(), delimiter=",", skiprows=1).T
    ends = np.arange(SECONDS, ecg.size / RATE + 1e-9, 1.0)
    last = int(LABEL_SECONDS * RATE)
    bpm = np.array([rate[round(end * RATE) - last : round(end * RATE)].mean() for end in ends])
    return Recording(f"emulator/{seed}", f"emulator-{seed}", ppg[None], ecg, ends, bpm)


def training_set(program: Path, count: int, first_seed: int = TRAIN_SEED) -> list[Recording]:
    """`count` wearers of 60 s at one rate each (45 to 185 bpm), with noise and motion, and a tenth as many exercising."""
    recordings = []
    for i in range(count):
        draw = np.random.default_rng(first_seed + i)
        options = {"hr": round(draw.uniform(45, 185), 1), "resp": round(draw.uniform(8, 30), 1)}
        options |= {"noise": round(draw.uniform(0, 0.15), 3), "motion": round(max(0.0, draw.uniform(-0.3, 0.6)), 3)}
        recordings.append(record(program, first_seed + i, 60, **options))
    for i in range(count // 10):
        draw = np.random.default_rng(first_seed + count + i)
        options = {"script": "rest-to-exercise", "noise": round(draw.uniform(0, 0.1), 3)}
        options |= {"motion": round(max(0.0, draw.uniform(-0.3, 0.4)), 3)}
        recordings.append(record(program, first_seed + count + i, 180, **options))
    return recordings
