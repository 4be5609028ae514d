"""pairs.safetensors: prepared windows of both models, those to train a bridge on and, with labels, those to judge it on."""

import json
from pathlib import Path

import emulator
import numpy as np
from data import Recording
from heart_rate import zone
from safetensors.numpy import save
from windows import Sampler, labelled_windows

from prepare import prepare_ecg, prepare_ppg

CLEAN_RATES = (72, 110, 150)  # beats per minute, one inside each zone
SEEDS = 6
VALIDATION_SEED = 800_000  # wearers who neither train nor test
BATCH = 50


def held_back(program: Path) -> dict[str, list[Recording]]:
    """Wearers whose seeds trained nothing, by situation."""
    seed = emulator.TEST_SEED
    steady = []
    for rate in CLEAN_RATES:
        steady += [emulator.record(program, seed + i, 60, hr=rate) for i in range(SEEDS)]
        seed += SEEDS
    tests = {"emulator-steady": steady}
    levels = {"": {}, "-motion-03": {"motion": 0.3, "noise": 0.05}, "-motion-07": {"motion": 0.7, "noise": 0.1}}
    for name, level in levels.items():
        script = {"script": "rest-to-exercise", **level}
        tests[f"emulator-exercise{name}"] = [emulator.record(program, seed + i, 190, **script) for i in range(SEEDS)]
        seed += SEEDS
    return tests


def judged(splits: dict[str, list[Recording]], program: Path) -> dict[str, tuple[list[Recording], int]]:
    """Recordings and PPG channel by split."""
    script = {"script": "rest-to-exercise", "motion": 0.3, "noise": 0.05}
    exercising = [emulator.record(program, VALIDATION_SEED + i, 190, **script) for i in range(2)]
    second = [r for r in splits["test"] if r.ppg.shape[0] > 1]
    found = {"val": (splits["validation"] + exercising, 0), "test": (splits["test"], 0), "test-channel-2": (second, 1)}
    return found | {name: (recordings, 0) for name, recordings in held_back(program).items()}


def write_pairs(
    path: Path, sampler: Sampler, count: int, splits: dict[str, list[Recording]], program: Path
) -> dict[str, int]:
    """`count` random windows as split "pair", without labels, and every labelled one of the others. Returns rows by split."""
    ppg, ecg, labels, names, subjects = [], [], [], [], []
    for _ in range(count // BATCH):
        batch = sampler.batch(BATCH)
        ppg.append(batch.ppg.numpy())
        ecg.append(batch.ecg.numpy())
        labels += [-1] * BATCH
        names += ["pair"] * BATCH
        subjects += batch.subjects
    for name, (recordings, channel) in judged(splits, program).items():
        windows = labelled_windows(recordings, channel)
        ppg.append(prepare_ppg(windows.ppg)[:, None])
        ecg.append(prepare_ecg(windows.ecg)[:, None])
        labels += zone(windows.bpm).tolist()
        names += [name] * len(windows.subjects)
        # The same people once more, with another sensor: they are not to be taken for a part of split "test".
        subjects += [f"{subject}, channel {channel + 1}" if channel else subject for subject in windows.subjects]
    order = list(dict.fromkeys(names))
    tensors = {
        "ppg": np.concatenate(ppg).astype(np.float32),
        "ecg": np.concatenate(ecg).astype(np.float32),
        "label": np.array(labels, dtype=np.int32),
        "split": np.array([order.index(name) for name in names], dtype=np.int32),
    }
    texts = {"splits": {name: number for number, name in enumerate(order)}, "subjects": subjects}
    path.write_bytes(save(tensors, metadata={key: json.dumps(value) for key, value in texts.items()}))
    return {name: names.count(name) for name in order}
