"""Trains both models of the demo and writes what its bridge is built from: whole ONNX models and paired windows.

    python tools/demo/train.py --data ../shared/data --out demo-parts

Writes ppg.onnx, ecg.onnx, pairs.safetensors, windows.safetensors (raw PPG for golden values) and models.json. Seeded; about ten
minutes on two cores.
"""

import argparse
import io
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import emulator
import numpy as np
import torch
from data import Recording, load_recordings
from export import export_model
from models import Classifier, EcgTransformer, Pooled, PpgEncoder, frozen
from pairs import write_pairs
from pretrain import pretrain_ecg, pretrain_ppg
from probe import train_probe
from safetensors.numpy import save
from torch import nn
from windows import Sampler

from prepare import RATE, SAMPLES, WINDOW

SEED = 20
STEPS = {"ppg": 3000, "ecg": 2000, "probe": 1200}
SITUATIONS = [
    {"hr": 60},
    {"hr": 72},
    {"hr": 110},
    {"hr": 150},
    {"hr": 98, "motion": 0.6, "noise": 0.1},
    {"script": "rest-to-exercise", "motion": 0.3, "noise": 0.05},
]


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with troika/ and ncku_bike_ppg_ecg/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--emulator", type=Path, help="a built biox-emulator; without it, one is compiled")
    parser.add_argument("--keep", type=Path, help="also save the PyTorch models to this file")
    parser.add_argument("--reuse", type=Path, help="do not train: take the models that --keep saved")
    parser.add_argument("--wearers", type=int, default=160, help="synthetic wearers in training")
    parser.add_argument("--pairs", type=int, default=6000, help="windows to train the bridge on")
    parser.add_argument("--effort", type=float, default=1.0, help="multiplies the number of training steps")
    return parser.parse_args()


def begin(offset: int) -> None:
    """One thread and an own seed for each stage: the same numbers whatever else runs on the machine."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED + offset)


def packed(*values: object) -> bytes:
    """Models and numbers as bytes: tensors sent between processes as they are would die with the sender."""
    buffer = io.BytesIO()
    torch.save(values, buffer)
    return buffer.getvalue()


def unpacked(content: bytes) -> tuple:
    """What `packed` was given."""
    return torch.load(io.BytesIO(content), weights_only=False)


def sampler(real: list, synthetic: list, offset: int, labelled: bool = False) -> Sampler:
    """Half real, half synthetic windows."""
    real_time = sum(r.ecg.size for r in real)
    synthetic_time = sum(r.ecg.size for r in synthetic)
    weights = [1.0] * len(real) + [real_time / synthetic_time] * len(synthetic)
    return Sampler(real + synthetic, weights, SEED + offset, labelled)


def new_model(unlabelled: list[Recording], synthetic: list[Recording], steps: dict[str, int]) -> bytes:
    """The PPG encoder and its losses, packed."""
    begin(1)
    say("pretraining on PPG")
    return packed(*pretrain_ppg(sampler(unlabelled, synthetic, 1), steps["ppg"]))


def old_model(unlabelled: list[Recording], synthetic: list[Recording], labelled: list[Recording], steps: dict) -> bytes:
    """The ECG transformer, the probe and their losses, packed. Labels of every second wearer; the bridge has the others."""
    begin(2)
    say("pretraining on ECG")
    model, losses = pretrain_ecg(sampler(unlabelled, synthetic, 2), steps["ecg"])
    say("probe on labelled ECG")
    probe, probe_loss = train_probe(model, sampler(labelled, synthetic[::2], 3, labelled=True), steps["probe"])
    return packed(model, probe, losses, probe_loss)


def train(
    splits: dict[str, list[Recording]], synthetic: list[Recording], steps: dict[str, int]
) -> tuple[PpgEncoder, EcgTransformer, nn.Linear, dict]:
    """Both models side by side, each on one core; returns encoder, transformer, probe and the last losses."""
    unlabelled = splits["train"] + splits["pair"]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        new = pool.submit(new_model, unlabelled, synthetic, steps)
        old = pool.submit(old_model, unlabelled, synthetic, splits["train"], steps)
        encoder, ppg_losses = unpacked(new.result())
        model, probe, ecg_losses, probe_loss = unpacked(old.result())
    return encoder, model, probe, {"ppg": ppg_losses, "ecg": ecg_losses, "probe": {"cross_entropy": probe_loss}}


def raw_windows(program: Path) -> np.ndarray:
    """Raw PPG [N, 1, WINDOW], one window a situation, from held-back seeds."""
    windows = []
    for i, options in enumerate(SITUATIONS):
        recording = emulator.record(program, emulator.TEST_SEED + 1000 + i, 60, **options)
        windows.append(recording.ppg[:, -WINDOW:])
    return np.array(windows)


def main() -> None:
    options = arguments()
    out = options.out
    out.mkdir(parents=True, exist_ok=True)
    steps = {name: int(count * options.effort) for name, count in STEPS.items()}
    program = options.emulator or emulator.build()
    splits = load_recordings(options.data)
    synthetic = emulator.training_set(program, options.wearers)
    if options.reuse:
        encoder, model, probe, losses, steps = torch.load(options.reuse, weights_only=False)  # of --keep, on this machine
    else:
        encoder, model, probe, losses = train(splits, synthetic, steps)
        if options.keep:
            torch.save((encoder, model, probe, losses, steps), options.keep)

    signal = (1, 1, SAMPLES)
    differences = {
        "ppg": export_model(frozen(Pooled(encoder)), signal, ("signal", "embedding"), out / "ppg.onnx"),
        "ecg": export_model(frozen(Classifier(model, probe)), signal, ("signal", "logits"), out / "ecg.onnx"),
    }
    say(f"largest difference between ONNX Runtime and PyTorch: {differences}")
    facts = {
        "seed": SEED,
        "steps": steps,
        "losses": {k: {n: round(float(x), 4) for n, x in v.items()} for k, v in losses.items()},
        "onnxruntime_minus_pytorch": {k: float(f"{v:.2g}") for k, v in differences.items()},
    }
    (out / "models.json").write_text(json.dumps(facts, indent=1) + "\n")
    unlabelled = sampler(splits["train"] + splits["pair"], synthetic[1::2], 4)
    say(f"rows: {write_pairs(out / 'pairs.safetensors', unlabelled, options.pairs, splits, program)}")
    (out / "windows.safetensors").write_bytes(save({"signal": raw_windows(program)}, metadata={"rate": str(RATE)}))


if __name__ == "__main__":
    main()
