"""How well ECG (the oracle), the bridge and chance tell the zones apart on windows that trained nothing."""

import numpy as np
import torch
from data import Recording
from heart_rate import LABELS, zone
from models import Bridge, EcgTransformer, PpgEncoder
from probe import probe_logits
from windows import labelled_windows

from prepare import prepare_ecg, prepare_ppg


def confusion(truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    """[K, K] counts: rows truth, columns prediction."""
    table = np.zeros((len(LABELS), len(LABELS)), dtype=int)
    np.add.at(table, (truth, said), 1)
    return table


def balanced_accuracy(table: np.ndarray) -> float:
    """Mean recall of the classes that occur."""
    count = table.sum(axis=1)
    seen = count > 0
    return float((np.diag(table)[seen] / count[seen]).mean())


def macro_f1(table: np.ndarray) -> float:
    """Mean F1 of the classes that occur or are predicted."""
    both = table.sum(axis=0) + table.sum(axis=1)
    seen = both > 0
    return float((2 * np.diag(table)[seen] / both[seen]).mean())


class Chain:
    """The whole of it in PyTorch: both paths to class scores."""

    def __init__(self, lower: PpgEncoder, bridge: Bridge, model: EcgTransformer, probe: torch.nn.Linear):
        self.lower, self.bridge, self.model, self.probe = lower, bridge, model, probe

    @torch.no_grad()
    def from_ppg(self, raw: np.ndarray) -> np.ndarray:
        """Raw PPG [N, WINDOW] -> logits [N, K]."""
        x = torch.from_numpy(prepare_ppg(raw))[:, None]
        return probe_logits(self.probe, self.model.upper(self.bridge(self.lower(x)))).numpy()

    @torch.no_grad()
    def from_ecg(self, raw: np.ndarray) -> np.ndarray:
        """Raw ECG [N, WINDOW] -> logits [N, K]: the oracle."""
        return probe_logits(self.probe, self.model(torch.from_numpy(prepare_ecg(raw))[:, None])).numpy()


def scores(chain: Chain, recordings: list[Recording], channel: int = 0) -> dict:
    """Metrics of oracle and bridge on every labelled window of `recordings`."""
    ppg, ecg, bpm = labelled_windows(recordings, channel)
    truth = zone(bpm)
    oracle = confusion(truth, chain.from_ecg(ecg).argmax(axis=1))
    table = confusion(truth, chain.from_ppg(ppg).argmax(axis=1))
    return {
        "windows": int(truth.size),
        "windows_per_zone": np.bincount(truth, minlength=len(LABELS)).tolist(),
        "chance": round(1 / np.unique(truth).size, 3),
        "oracle_balanced_accuracy": round(balanced_accuracy(oracle), 3),
        "balanced_accuracy": round(balanced_accuracy(table), 3),
        "accuracy": round(float(np.trace(table) / table.sum()), 3),
        "macro_f1": round(macro_f1(table), 3),
        "confusion": table.tolist(),
    }
