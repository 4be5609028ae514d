"""Makes src/stream/formats/testdata: EDF, BDF and WFDB files as pyEDFlib and wfdb write them, and what they read of these and of
../shared/data/wfdb_samples.

    pip install pyedflib wfdb
    python tools/golden/signal_files.py

Values are stored as sums that change when any sample does: of the values, and of values times their place. Made with pyEDFlib 0.1.42, wfdb 4.3.
"""

import json
import os
import pathlib

import numpy as np
import pyedflib
import wfdb

ROOT = pathlib.Path(__file__).parents[2]
OUT = ROOT / "src/stream/formats/testdata"
SAMPLES = ROOT.parent / "shared/data/wfdb_samples"


def sums(x):
    """Samples, how many are missing, sum of values, sum of values times (place modulo 1000)."""
    x = np.asarray(x, float)
    there = ~np.isnan(x)
    place = np.arange(len(x)) % 1000
    return [len(x), int((~there).sum()), float(x[there].sum()), float((x * place)[there].sum())]


def of_record(path):
    """Of a WFDB record, each signal at its own rate."""
    r = wfdb.rdrecord(str(path), smooth_frames=False)
    return {
        name: {"rate": r.fs * spf, "unit": unit, "sums": sums(x)}
        for name, unit, spf, x in zip(r.sig_name, r.units, r.samps_per_frame, r.e_p_signal)
    }


def of_edf(path):
    e = pyedflib.EdfReader(str(path))
    return {
        e.getLabel(i): {"rate": e.getSampleFrequency(i), "unit": e.getPhysicalDimension(i), "sums": sums(e.readSignal(i))}
        for i in range(e.signals_in_file)
    }


def write_edf(path, kind):
    e = pyedflib.EdfWriter(str(path), 2, file_type=kind)
    top = 32767 if kind == pyedflib.FILETYPE_EDFPLUS else 8388607
    for i, (label, unit, rate, low, high) in enumerate([("ppg", "adc", 125, -1000, 5000), ("acc x", "g", 50, -2, 2.5)]):
        e.setSignalHeader(i, {
            "label": label, "dimension": unit, "sample_frequency": rate, "physical_min": low, "physical_max": high,
            "digital_min": -top - 1, "digital_max": top, "prefilter": "", "transducer": "",
        })
    t = np.arange(3 * 125) / 125
    e.writeSamples([2000 + 1500 * np.sin(7 * t), 0.3 + np.cos(3 * np.arange(3 * 50) / 50)])
    e.writeAnnotation(1.25, -1, "stairs")
    e.close()


def write_wfdb():
    rng = np.random.default_rng(3)
    n = 101  # odd, and no multiple of three
    for fmt, bits in (("80", 8), ("212", 12), ("16", 16), ("24", 24), ("32", 32)):
        top = 2 ** (bits - 1)
        digits = rng.integers(-top + 1, top, (n, 3)).astype(np.int64)
        if fmt != "80":
            digits[7, 1] = -top  # the format's missing value
        wfdb.wrsamp(
            f"f{fmt}", fs=125, units=["mV", "adc", "g"], sig_name=["I", "ppg", "acc x"], d_signal=digits,
            fmt=[fmt] * 3, adc_gain=[200.0, 1.0, 12.5], baseline=[0, 5, -100],
        )
    for fmt, size in ((61, 2 * 2), (310, 4 * 2 / 3), (311, 4 * 2 / 3)):
        frames = 99
        data = np.frombuffer(rng.bytes(int(frames * size)), np.uint8).copy()
        if fmt == 311:
            data[3::4] &= 0x3F  # two unused bits, of which wfdb 4.3 reads one
        pathlib.Path(f"f{fmt}.dat").write_bytes(b"head" + data.tobytes())
        pathlib.Path(f"f{fmt}.hea").write_text(
            f"f{fmt} 2 128 {frames}\nf{fmt}.dat {fmt}+4 100/mV 12 0 0 0 0 one\nf{fmt}.dat {fmt}+4 50(3)/uV 12 0 0 0 0 two\n"
        )
    # Two files, signals of two rates, and no length in the header.
    rng.integers(-3000, 3000, 60 * 5).astype("<i2").tofile("several_a.dat")
    (rng.integers(0, 256, 60).astype("u1")).tofile("several_b.dat")
    pathlib.Path("several.hea").write_text(
        "several 3 25 60\nseveral_a.dat 16x4 10(7)/adc 16 0 0 0 0 ppg\nseveral_a.dat 16 1000/g 16 0 0 0 0 acc\n"
        "several_b.dat 80 2/bpm 8 0 0 0 0 hr\n"
    )
    # Segments of fixed layout, with a time without signals between them.
    pathlib.Path("parts.hea").write_text("parts/3 3 125 250\nf16 101\n~ 48\nf24 101\n")


OUT.mkdir(parents=True, exist_ok=True)
os.chdir(OUT)
for old in OUT.iterdir():
    old.unlink()
write_edf("plus.edf", pyedflib.FILETYPE_EDFPLUS)
write_edf("plus.bdf", pyedflib.FILETYPE_BDFPLUS)
write_wfdb()
golden = {name: of_edf(name) for name in ("plus.edf", "plus.bdf")}
for name in ("f80", "f212", "f16", "f24", "f32", "f61", "f310", "f311", "several"):
    golden[f"{name}.hea"] = of_record(name)
shared = {}
for name in ("mitdb/100", "mitdb/105", "mitdb/200m", "cinc2015/a103l"):
    shared[f"{name}.hea"] = of_record(SAMPLES / name)
pathlib.Path("signal-files.golden.json").write_text(json.dumps({"files": golden, "shared": shared}, indent=1) + "\n")
