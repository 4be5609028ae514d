"""Reads what `biox export` wrote with pyEDFlib, MNE and wfdb, and prints what they find as JSON: test/export.test.ts compares it.

    python tools/golden/read_exports.py FOLDER/NAME     (NAME.edf, NAME.bdf, NAME.hea)
"""

import json
import sys

import mne
import numpy as np
import pyedflib
import wfdb

base = sys.argv[1]


def plain(x):
    return [None if np.isnan(v) else float(v) for v in x]


def edf(path):
    e = pyedflib.EdfReader(path)
    start = e.getStartdatetime()
    read = mne.io.read_raw_edf if path.endswith("edf") else mne.io.read_raw_bdf
    raw = read(path, verbose="error")
    onsets, durations, texts = e.readAnnotations()
    return {
        "start": start.isoformat(),
        "subsecond": int(e.starttime_subsecond) / 1e7,
        "rates": [float(e.getSampleFrequency(i)) for i in range(e.signals_in_file)],
        "labels": e.getSignalLabels(),
        "units": [e.getPhysicalDimension(i) for i in range(e.signals_in_file)],
        "values": [plain(e.readSignal(i)) for i in range(e.signals_in_file)],
        "annotations": [[float(o), float(d), str(t)] for o, d, t in zip(onsets, durations, texts)],
        "mne": {"labels": raw.ch_names, "annotations": sorted(str(a["description"]) for a in raw.annotations)},
    }


record = wfdb.rdrecord(base)
header = wfdb.rdrecord(base, physical=False)
notes = wfdb.rdann(base, "atr")
json.dump(
    {
        "edf": edf(f"{base}.edf"),
        "bdf": edf(f"{base}.bdf"),
        "wfdb": {
            "start": record.base_datetime.isoformat(),
            "rate": float(record.fs),
            "names": record.sig_name,
            "units": record.units,
            "values": [plain(column) for column in record.p_signal.T],
            "checksums": [header.checksum, [int(c) for c in header.calc_checksum()]],
            "annotations": [[int(s), t] for s, t in zip(notes.sample, notes.aux_note)],
        },
    },
    sys.stdout,
)
