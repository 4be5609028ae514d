"""Makes src/align/evaluate/testdata/metrics.golden.json: confusion matrices and scores as scikit-learn computes them, and percentiles of bootstrapped
scores as NumPy computes them.

    pip install scikit-learn
    python tools/golden/metrics.py

Made with scikit-learn 1.9, NumPy 2.5.
"""

import json
import pathlib
import warnings

import numpy as np
from sklearn import metrics

OUT = pathlib.Path(__file__).parents[2] / "src/align/evaluate/testdata/metrics.golden.json"


def scores(truth, predicted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kappa = float(metrics.cohen_kappa_score(truth, predicted))
        return {
            "balancedAccuracy": float(metrics.balanced_accuracy_score(truth, predicted)),
            "macroF1": float(metrics.f1_score(truth, predicted, average="macro", zero_division=0)),
            "weightedF1": float(metrics.f1_score(truth, predicted, average="weighted", zero_division=0)),
            "kappa": None if np.isnan(kappa) else kappa,
            "accuracy": float(metrics.accuracy_score(truth, predicted)),
        }


def case(name, classes, truth, predicted):
    truth, predicted = np.array(truth), np.array(predicted)
    counts = metrics.confusion_matrix(truth, predicted, labels=range(classes))
    return {
        "name": name,
        "classes": classes,
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "confusion": counts.ravel().tolist(),
        "scores": scores(truth, predicted),
    }


def uniform(seed):
    """The project's seededUniform: Marsaglia's xorshift32."""
    state = (seed * 2654435761) % 2**32 or 1

    def step():
        nonlocal state
        state ^= (state << 13) % 2**32
        state ^= state >> 17
        state ^= (state << 5) % 2**32
        return state / 2**32

    for _ in range(8):
        step()
    return step


def bootstrap(seed, resamples):
    rng = np.random.default_rng(7)
    people = [rng.integers(0, 3, (2, size)) for size in (5, 9, 14, 7, 11)]
    draw = uniform(seed)
    values = []
    for _ in range(resamples):
        chosen = [people[int(draw() * len(people))] for _ in people]
        truth, predicted = np.concatenate(chosen, axis=1)
        values.append(scores(truth, predicted))
    names = values[0].keys()
    return {
        "seed": seed,
        "resamples": resamples,
        "subjects": [{"truth": t.tolist(), "predicted": p.tolist()} for t, p in people],
        "intervals": {n: np.percentile([v[n] for v in values], [2.5, 97.5]).tolist() for n in names},
    }


rng = np.random.default_rng(1)
cases = [
    case("three classes", 3, rng.integers(0, 3, 60), rng.integers(0, 3, 60)),
    case("mostly right", 4, t := rng.integers(0, 4, 80), np.where(rng.random(80) < 0.8, t, rng.integers(0, 4, 80))),
    case("a class that is never true", 3, rng.integers(0, 2, 30), rng.integers(0, 3, 30)),
    case("a class that is never predicted", 3, rng.integers(0, 3, 30), rng.integers(0, 2, 30)),
    case("a class that does not occur", 3, rng.integers(0, 2, 30), rng.integers(0, 2, 30)),
    case("one class only", 2, [1] * 7, [1] * 7),
    case("nothing right", 2, [0, 0, 1], [1, 1, 0]),
    case("majority", 3, [0] * 15 + [1] * 49 + [2] * 81, [2] * 145),
]
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps({"cases": cases, "bootstrap": bootstrap(42, 300)}) + "\n")
