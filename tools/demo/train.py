"""Makes bundles/demo from the recordings and the emulator: one command, seeded, about ten minutes on two cores.

    python tools/demo/train.py --data ../shared/data
"""

import argparse
import io
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import emulator
import torch
from card import write_card
from data import Recording, load_recordings
from evaluate import Chain
from export import export_bundle
from golden import write_golden
from models import frozen
from pretrain import pretrain_ecg, pretrain_ppg
from probe import train_probe
from report import all_scores
from windows import Sampler

from bridge import train_bridge

ROOT = Path(__file__).resolve().parents[2]
SEED = 20
STEPS = {"ppg": 3000, "ecg": 2000, "probe": 1200, "bridge": 1500}


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with troika/ and ncku_bike_ppg_ecg/")
    parser.add_argument("--emulator", type=Path, help="a built biox-emulator; without it, one is compiled")
    parser.add_argument("--out", type=Path, default=ROOT / "bundles/demo")
    parser.add_argument("--golden", type=Path, default=ROOT / "test/golden/demo-golden.safetensors")
    parser.add_argument("--keep", type=Path, help="also save the PyTorch models to this file")
    parser.add_argument("--reuse", type=Path, help="do not train: evaluate and export the models that --keep saved")
    parser.add_argument("--wearers", type=int, default=160, help="synthetic wearers in training")
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


def train(splits: dict[str, list[Recording]], synthetic: list[Recording], steps: dict[str, int]) -> tuple[Chain, dict]:
    """Both models side by side, each on one core, then the bridge; returns the whole chain and the last losses."""
    unlabelled = splits["train"] + splits["pair"]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        new = pool.submit(new_model, unlabelled, synthetic, steps)
        old = pool.submit(old_model, unlabelled, synthetic, splits["train"], steps)
        lower, ppg_losses = unpacked(new.result())
        model, probe, ecg_losses, probe_loss = unpacked(old.result())
    for part in (lower, model, probe):
        frozen(part)
    begin(4)
    say("bridge on unlabelled pairs")
    bridge, bridge_loss = train_bridge(lower, model, sampler(unlabelled, synthetic[1::2], 4), steps["bridge"])
    losses = {"ppg": ppg_losses, "ecg": ecg_losses}
    losses |= {"probe": {"cross_entropy": probe_loss}, "bridge": {"one_minus_cosine": bridge_loss}}
    return Chain(lower, frozen(bridge), model, probe), losses


def main() -> None:
    options = arguments()
    steps = {name: int(count * options.effort) for name, count in STEPS.items()}
    program = options.emulator or emulator.build()
    splits = load_recordings(options.data)
    if options.reuse:
        chain, losses, steps = torch.load(options.reuse, weights_only=False)  # written by --keep, on this machine
    else:
        chain, losses = train(splits, emulator.training_set(program, options.wearers), steps)
        if options.keep:
            torch.save((chain, losses, steps), options.keep)

    metrics = all_scores(chain, splits, program)
    for name, score in metrics.items():
        oracle, bridge = score["oracle_balanced_accuracy"], score["balanced_accuracy"]
        say(f"{name}: oracle {oracle}, bridge {bridge} {score['confusion']}")
    provenance = {
        "made_by": "tools/demo/train.py",
        "seed": SEED,
        "steps": steps,
        "new_model": "convolutional PPG encoder, pretrained without labels",
        "old_model": "ECG transformer of 4 blocks, pretrained without labels; blocks 2 and 3 fine-tuned with the probe "
        "on ECG labels",
        "bridge": "rank 8, 32 prototypes from real features, cosine loss at the last block on unlabelled pairs",
        "losses": {k: {n: round(float(x), 4) for n, x in v.items()} for k, v in losses.items()},
    }
    manifest = export_bundle(chain, options.out, provenance, metrics)
    write_card(manifest, sum(p.numel() for p in chain.bridge.parameters()), options.out / "MODEL_CARD.md")
    write_golden(chain, program, options.golden)
    total = sum(f["bytes"] for f in manifest["files"].values())
    say(f"{options.out}: {total} bytes, ONNX Runtime minus PyTorch {manifest['metrics']['onnxruntime_minus_pytorch']}")


if __name__ == "__main__":
    main()
