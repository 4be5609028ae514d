"""MODEL_CARD.md from the manifest: every number in it comes from the run that made the files."""

from pathlib import Path

from data import SPLITS
from heart_rate import LABELS

TEXT = """# Demo model: heart-rate zone learned on ECG, read from PPG

The embedded default of biox-edge, so that a clone shows something live without a download. It is small and it is a
demonstration of the method, **not a medical device and not a fitness tracker**: use no output of it for a decision
about anybody's health.

| part | what it is |
|---|---|
| task | heart rate over the last 8 s in three zones: {labels} |
| input | one PPG channel, {rate:g} Hz, 10 s; any unit and polarity (the window is filtered and z-scored) |
| lower half | {new_model}; [1, 1, 500] -> [1, 64, 63] |
| bridge | {bridge}; A [8, 64], B [1600, 8], prototypes [64, 32]: {bridge_parameters} parameters |
| upper half | {old_model}; this file holds blocks 2 and 3, [1, 50, 64] -> [1, 50, 64] |
| probe | mean over tokens, then Linear(64, 3) |
| size | {size:.2f} MB in all |
| ONNX Runtime minus PyTorch, largest | lower {lower_difference:g}, upper {upper_difference:g} |

## How it was trained
No PPG label was used anywhere. One seed ({seed}), one run of `tools/demo/train.py`; validation and test subjects
train nothing.
1. Both models were pretrained without labels, by masked reconstruction and by tempo equivariance: two windows of one
   recording played at different speeds must differ by the logarithm of the speeds' ratio in one linear read-out.
2. On **ECG** labels a linear probe was trained, and with it, lightly, the two ECG blocks of the upper half.
3. The bridge was trained on unlabelled pairs, with both models frozen: 1 - cosine between the last block's output for
   the bridged PPG and for the true ECG.
Augmentations: time stretching (both signals of a pair alike; an ECG label is stretched with its window), white noise, slow
sway, PPG polarity, and arm movement: accelerometer signals of training subjects, from other moments, added to PPG.

## Data
| source | licence | use |
|---|---|---|
| TROIKA (Zhang, Pi, Liu 2015, doi 10.1109/TBME.2014.2359372), subjects 01 to 07, wrist PPG, acceleration and chest ECG on a treadmill | published free for research; re-released as IEEEPPG under CC BY 4.0 | heart rates are the authors', from ECG |
| NCKU student recordings (Lin, Chu, Lin 2026), subjects 595 and 809, contact PPG and ECG at rest, speaking, cycling | CC BY 4.0 by their README | heart rates from R peaks of the ECG |
| the project's own emulator (`firmware-bridge/emulator`), synthetic PPG and ECG of one heart | Apache-2.0 | half of every training batch |

No recording is part of the repository. Split by subject (by seed for the emulator), never by window:

| part | subjects | used for |
|---|---|---|
| train | {train} | pretraining, ECG labels of the probe, unlabelled pairs |
| pair | {pair} | pretraining, unlabelled pairs |
| validation | {validation} | looked at while the recipe was chosen; trained nothing |
| test | {test} | trained nothing; its scores were in view while the recipe was developed, so take them, and those of the emulator seeds, as slightly optimistic |

## Results
Balanced accuracy (mean recall of the zones that occur). The oracle is the same old model on the true ECG. Windows
overlap (10 s, every 1 or 2 s), so they are far fewer independent observations than their number says. Chance: always
naming the same zone. The oracle is no upper bound: the NCKU ECG was sampled at 50 Hz and has bursts of lost packets, and
an average over pairs can do better than its teacher. TROIKA counts with its first PPG channel unless the second is named.

| windows from | windows (by zone) | chance | ECG oracle | **bridge on PPG** | accuracy | macro-F1 |
|---|---|---|---|---|---|---|
{rows}

Confusion of the bridge on the test subjects (rows: true zone, columns: predicted):

{confusion}

## Limits
* Nine real people, three of them tested; few windows of the lowest zone while running. Expect wide intervals.
* Wrist PPG while running is dominated by motion. No accelerometer is used, and the numbers above show it.
* Near 95 and 130 bpm the zones meet; most errors there are between neighbours.
* Every window gets a label, also one that holds no pulse: look at `quality` and `lost`, and do not trust a label alone.
* Good results on the emulator say that the software works, not that the model is good on people.

## Making it again
`pip install -r tools/demo/requirements.txt`, then `python tools/demo/train.py --data FOLDER`; about ten minutes
on two cores. The same seed on other hardware gives close, not identical weights.
"""


def _row(name: str, score: dict) -> str:
    zones = " / ".join(map(str, score["windows_per_zone"]))
    return (
        f"| {name} | {score['windows']} ({zones}) | {score['chance']:.3f} | {score['oracle_balanced_accuracy']:.3f} "
        f"| **{score['balanced_accuracy']:.3f}** | {score['accuracy']:.3f} | {score['macro_f1']:.3f} |"
    )


def _confusion(table: list[list[int]]) -> str:
    head = "| | " + " | ".join(LABELS) + " |\n|---|" + "---|" * len(LABELS)
    rows = [f"| {label} | " + " | ".join(map(str, row)) + " |" for label, row in zip(LABELS, table, strict=True)]
    return "\n".join([head, *rows])


def write_card(manifest: dict, bridge_parameters: int, path: Path) -> None:
    """Writes the model card of a bundle whose manifest export_bundle returned."""
    metrics = dict(manifest["metrics"])
    differences = metrics.pop("onnxruntime_minus_pytorch")
    provenance = manifest["provenance"]
    text = TEXT.format(
        labels="; ".join(LABELS),
        rate=manifest["new"]["rate"],
        new_model=provenance["new_model"],
        old_model=provenance["old_model"],
        bridge=provenance["bridge"],
        bridge_parameters=f"{bridge_parameters:,}",
        size=sum(f["bytes"] for f in manifest["files"].values()) / 1e6,
        lower_difference=differences["lower"],
        upper_difference=differences["upper"],
        seed=provenance["seed"],
        rows="\n".join(_row(name, score) for name, score in metrics.items()),
        confusion=_confusion(metrics["test subjects"]["confusion"]),
        **{split: ", ".join(subjects) for split, subjects in SPLITS.items()},
    )
    path.write_text(text)
