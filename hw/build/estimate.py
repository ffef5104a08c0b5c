"""What a build would give, in seconds: cells, block RAMs, clock, images per second.

Cells grow with what the configuration multiplies out: the model is a sum over the terms of
:func:`terms`, whose factors are fitted to real builds (the kit's bitstreams, and
``calibration.json``). Block RAMs are counted (:mod:`.block_rams`), cycles come from the compiler.
"""
import json
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError

from ..boards import find_board
from ..boards.board import Board, Memory
from ..compiler.memory_model import Timing
from ..config import CoreConfig
from .bitstream import BITSTREAMS, REPORT_FILE, load_manifest
from .block_rams import block_rams

__all__ = ["CALIBRATION", "Band", "Sample", "estimate_cells", "estimate_clock", "fit",
           "read_samples", "terms", "timing_of"]

CALIBRATION = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True)
class Sample:
    """One real build.

    Parameters
    ----------
    board
        Its name.
    core
        The core that was built on it.
    resources
        Cells used, by the names of the board's family.
    achieved
        Highest frequency that meets timing, MHz; ``None`` if it did not fit.
    """
    board: str
    core: CoreConfig
    resources: dict[str, int]
    achieved: float | None

    @property
    def described(self) -> Board:
        """The board with this core."""
        return replace(find_board(self.board), core=self.core)


@dataclass(frozen=True)
class Band:
    """A value between bounds: what is expected, and how far builds were off so far."""
    low: float
    value: float
    high: float


def terms(board: Board) -> np.ndarray:
    """What cells are proportional to: one design; gated adders of the array; partial sums and
    neurons; attention; an SDRAM controller."""
    core = board.core
    return np.array([
        1.0, core.sops * core.weight_bits,
        core.lanes * core.pass_channels * core.accumulator_bits,
        core.word_bits * core.queries * core.count_bits,
        float(board.memory is Memory.SDRAM)])


def estimate_cells(board: Board, samples: list[Sample]) -> dict[str, Band]:
    """Cells of each kind that samples of the family have, and block RAMs as
    :func:`.block_rams.block_rams` counts them."""
    here = [sample for sample in samples
            if sample.described.family.name == board.family.name]
    if not here:
        raise SpikeplaneError(f"{board.name}: there is no real build to estimate from; build it, "
                              f"e.g. `make bitstream BOARD={board.name}`")
    matrix = np.array([terms(sample.described) for sample in here])
    found = {}
    for name in _fitted(here):
        used = np.array([sample.resources[name] for sample in here], float)
        factors = fit(matrix, used)
        found[name] = _band(float(terms(board) @ factors), used, matrix @ factors, 0.02)
    built = [sample for sample in here if "block RAMs" in sample.resources]
    blocks = np.array([block_rams(sample.described) for sample in built], float)
    used = np.array([sample.resources["block RAMs"] for sample in built], float)
    return found | {"block RAMs": _band(float(block_rams(board)), used, blocks, 0.0)}


def _band(value: float, used: np.ndarray, expected: np.ndarray, least: float) -> Band:
    """As wide as builds that used so many cells were off from what was expected of them."""
    error = max(float(np.abs(used / expected - 1).max(initial=0.0)), least)
    return Band(math.floor(value * (1 - error)), value, math.ceil(value * (1 + error)))


def _fitted(samples: list[Sample]) -> list[str]:
    return [name for name in samples[0].resources
            if name in ("logic cells", "LUTs", "flip-flops", "carry cells")]


def estimate_clock(board: Board, samples: list[Sample]) -> Band:
    """MHz at which timing is met: falls with the logarithm of the array's size."""
    here = [sample for sample in samples
            if sample.board == board.name and sample.achieved is not None]
    if not here:
        raise SpikeplaneError(f"{board.name}: no real build of it met timing yet, so there is none "
                              f"to estimate from; build it, e.g. `make bitstream "
                              f"BOARD={board.name}`")
    sizes = np.log2([sample.core.sops for sample in here])
    speeds = np.log([sample.achieved for sample in here])
    matrix = np.stack([np.ones(len(here)), sizes], 1)[:, :min(2, len(set(sizes)))]
    factors = np.linalg.lstsq(matrix, speeds, rcond=None)[0]
    error = max(np.abs(matrix @ factors - speeds).max(), 0.1)
    at = np.array([1.0, math.log2(board.core.sops)])[:len(factors)] @ factors
    return Band(math.exp(at - error), math.exp(at), math.exp(at + error))


def fit(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Least squares of relative errors with factors that are not negative.

    The terms are few, so every subset that may be positive is tried.
    """
    scaled, ones = matrix / values[:, None], np.ones(len(values))
    best, least = np.zeros(matrix.shape[1]), math.inf
    for mask in range(1, 1 << matrix.shape[1]):
        chosen = [k for k in range(matrix.shape[1]) if mask >> k & 1]
        if len(chosen) > len(values):
            continue
        part = np.linalg.lstsq(scaled[:, chosen], ones, rcond=None)[0]
        error = float(np.square(scaled[:, chosen] @ part - ones).sum())
        # Of two that explain the builds alike, the one with fewer terms.
        if (part >= 0).all() and error < least * (1 - 1e-9):
            best, least = np.zeros(matrix.shape[1]), error
            best[chosen] = part
    return best


@cache
def read_samples(calibration: Path = CALIBRATION, shipped: Path = BITSTREAMS,
                 ) -> tuple[Sample, ...]:
    """Real builds that estimates are made from: bitstreams in ``shipped``, and those of a file, but
    for one of the same board and core."""
    found = {}
    if calibration.exists():
        for entry in json.loads(calibration.read_text())["builds"]:
            one = Sample(entry["board"], CoreConfig.from_dict(entry["core"]), entry["resources"],
                         entry["achieved"])
            found[one.board, one.core] = one
    for file in sorted(shipped.glob(f"*/{REPORT_FILE}")):
        manifest, report = load_manifest(file.parent), json.loads(file.read_text())
        one = Sample(manifest["board"], CoreConfig.from_dict(manifest["system"]["core"]),
                     {name: use["used"] for name, use in report["resources"].items()},
                     min(clock["achieved"] for clock in report["clocks"]))
        found[one.board, one.core] = one
    return tuple(found.values())


def timing_of(board: Board) -> Timing:
    """Latency and interval of a board's memory as the compiler's model takes them."""
    if board.memory is Memory.SDRAM:
        return Timing(latency=14, interval=board.core.memory_bits // board.sdram.data_bits)
    return Timing(latency=2, interval=1)
