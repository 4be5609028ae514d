"""Makes src/stream/formats/testdata/annotations.golden.json: what wfdb reads of the annotations in ../shared/data/wfdb_samples.

    pip install wfdb
    python tools/golden/annotations.py

For each record: how many annotations there are, the sum of their sample numbers, how many have each name (their text, else their mnemonic),
and the first that has a text. Made with wfdb 4.3.
"""

import collections
import json
import pathlib

import wfdb

ROOT = pathlib.Path(__file__).parents[2]
SAMPLES = ROOT.parent / "shared/data/wfdb_samples"
golden = {}
for name in ["mitdb/100", "mitdb/105"]:
    a = wfdb.rdann(str(SAMPLES / name), "atr")
    texts = [text.rstrip("\0") for text in a.aux_note]
    names = [text or symbol for text, symbol in zip(texts, a.symbol)]
    first = next(i for i, text in enumerate(texts) if text)
    golden[f"{name}.hea"] = {
        "count": len(names),
        "sum": int(sum(a.sample)),
        "names": dict(sorted(collections.Counter(names).items())),
        "text": [int(a.sample[first]), texts[first]],
    }
out = ROOT / "src/stream/formats/testdata/annotations.golden.json"
out.write_text(json.dumps(golden, indent=1) + "\n")
