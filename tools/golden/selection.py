"""Makes src/align/select/testdata/selection.golden.json: logistic regressions, folds and macro-F1 of scikit-learn, and linear CKA in NumPy.

    pip install numpy scikit-learn
    python tools/golden/selection.py

Features are computed on both sides from a formula of whole numbers (`features`), so only results are stored. Made with
scikit-learn 1.9 and NumPy 2.4.
"""

import json
import pathlib
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

OUT = pathlib.Path(__file__).parents[2] / "src/align/select/testdata/selection.golden.json"
CASES = [
    # rows, columns, classes, seed, common part, size, noise of the labels, C
    dict(name="two classes", rows=60, columns=5, classes=2, seed=1, offset=0, scale=1, noise=0.5, C=1),
    dict(name="three classes on a large common part", rows=120, columns=16, classes=3, seed=2, offset=30, scale=2, noise=0.8, C=1),
    dict(name="five classes", rows=203, columns=9, classes=5, seed=3, offset=0, scale=1, noise=1.5, C=0.05),
    dict(name="more columns than rows", rows=70, columns=150, classes=3, seed=4, offset=1, scale=0.3, noise=1, C=1),
    dict(name="little penalty", rows=150, columns=8, classes=3, seed=5, offset=0, scale=1, noise=2, C=1000),
    dict(name="columns of very different sizes", rows=150, columns=8, classes=3, seed=6, offset=0, scale=1, noise=1, C=1, spread=10),
]


def features(case):
    """Classes in turn but for some; each class shifts columns of its own. float32, as the runtime has them."""
    state = case["seed"]

    def random():
        nonlocal state
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        return state / 2**32

    rows, columns, classes = case["rows"], case["columns"], case["classes"]
    x, y = np.empty((rows, columns)), np.empty(rows, dtype=np.int64)
    for i in range(rows):
        y[i] = int(random() * random() * classes)
        for j in range(columns):
            value = case["noise"] * (random() + random() - 1) + (1 if j % classes == y[i] else 0)
            x[i, j] = case["offset"] + case["scale"] * value * case.get("spread", 1) ** (j - columns // 2)
    return x.astype(np.float32), y


def cka(x, y):
    x, y = (a.astype(np.float64) - a.astype(np.float64).mean(0) for a in (x, y))
    return np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def solve(case):
    x, y = features(case)
    model = LogisticRegression(C=case["C"], solver="newton-cholesky", tol=1e-13, max_iter=10000).fit(x.astype(np.float64), y)
    folds = np.empty(len(y), dtype=int)
    scores = []
    for fold, (train, test) in enumerate(StratifiedKFold(5).split(x, y)):
        folds[test] = fold
        fitted = LogisticRegression(solver="newton-cholesky", tol=1e-13, max_iter=10000).fit(x[train].astype(np.float64), y[train])
        scores.append(f1_score(y[test], fitted.predict(x[test].astype(np.float64)), average="macro", zero_division=0))
    half = x.shape[1] // 2 + 1
    return dict(
        case,
        weight=[[float(v) for v in row[:6]] for row in model.coef_],
        norm=float(np.linalg.norm(model.coef_)),
        bias=[float(v) for v in model.intercept_],
        folds="".join(map(str, folds)),
        scores=scores,
        cka=float(cka(x[:, :half], x[:, half // 2 :])),
    )


F1 = [
    ([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1]),
    ([0, 0, 0], [0, 0, 0]),
    ([0, 0, 1], [2, 2, 2]),
    ([3, 3, 1, 1], [3, 1, 1, 1]),
]

warnings.simplefilter("ignore")
golden = dict(
    cases=[solve(case) for case in CASES],
    f1=[dict(truth=t, predicted=p, score=f1_score(t, p, average="macro", zero_division=0)) for t, p in F1],
)
OUT.parent.mkdir(exist_ok=True)
OUT.write_text(json.dumps(golden, indent=1) + "\n")
