"""Every number of the model card: which recordings, and what the chain scores on them."""

from pathlib import Path

import emulator
from data import Recording
from evaluate import Chain, scores

CLEAN_RATES = (72, 110, 150)  # beats per minute, one inside each zone
SEEDS = 6


def held_back(program: Path) -> dict[str, list[Recording]]:
    """Wearers whose seeds trained nothing, by situation."""
    seed = emulator.TEST_SEED
    tests = {}
    steady = []
    for rate in CLEAN_RATES:
        steady += [emulator.record(program, seed + i, 60, hr=rate) for i in range(SEEDS)]
        seed += SEEDS
    tests[f"emulator at {', '.join(map(str, CLEAN_RATES))} bpm"] = steady
    levels = {"": {}, ", motion 0.3": {"motion": 0.3, "noise": 0.05}, ", motion 0.7": {"motion": 0.7, "noise": 0.1}}
    for name, level in levels.items():
        script = {"script": "rest-to-exercise", **level}
        tests[f"emulator, rest to exercise{name}"] = [emulator.record(program, seed + i, 190, **script) for i in range(SEEDS)]
        seed += SEEDS
    return tests


def all_scores(chain: Chain, splits: dict[str, list[Recording]], program: Path) -> dict[str, dict]:
    """Scores by situation: held-back subjects (both TROIKA channels), validation subject, emulator."""
    test = splits["test"]
    found = {"test subjects": scores(chain, test)}
    for subject in sorted({r.subject for r in test}):
        found[f"test subject {subject}"] = scores(chain, [r for r in test if r.subject == subject])
    found["test subjects, second TROIKA channel"] = scores(chain, [r for r in test if r.ppg.shape[0] > 1], channel=1)
    found["validation subject"] = scores(chain, splits["validation"])
    for name, recordings in held_back(program).items():
        found[name] = scores(chain, recordings)
    return found
