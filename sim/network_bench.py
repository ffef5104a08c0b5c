"""A whole network on the whole core, compared with the golden model, batch by batch."""
import dataclasses
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw.compiler import Program, compile_network, decode
from hw.compiler.cycles import predict
from hw.compiler.memory_model import Timing
from hw.compiler.planes import count_planes
from hw.config import CoreConfig
from hw.core.layouts import Opcode
from hw.verilog import Sidecar
from sw import golden
from sw.contract.artefact import Artefact

from .compare import Comparison, compare
from .core_bench import CoreRun, ExternalMemory, Run, simulate
from .core_model import build_core
from .runner import SimulationFailure, default_seed
from .waves import Window

__all__ = ["CHUNK", "Counters", "NetworkBench", "NetworkRun"]

CHUNK = 8
"""Starts of the core per simulation: its logs stay small, and several run side by side."""


@dataclass(frozen=True)
class Counters:
    """Clock cycles of a layer, all runs together, by cause; ``+`` adds.

    Parameters
    ----------
    cycles, predicted
        From the layer's first to its last cycle: simulated, and as the compiler predicts them for
        a memory without jitter and stalls.
    compute, stall
        In which the synapse array had a word; in which it waited for memory.
    attention, pool, transfer
        Cycles of commands for attention, pooling, and loading images.
    skipped, spikes
        All-zero words that cost no cycle; spikes that the core counted.
    """
    cycles: int = 0
    predicted: int = 0
    compute: int = 0
    stall: int = 0
    attention: int = 0
    pool: int = 0
    transfer: int = 0
    skipped: int = 0
    spikes: int = 0

    @property
    def other(self) -> int:
        """The rest: filling and draining the pipeline, fetching commands."""
        return (self.cycles - self.compute - self.stall - self.attention - self.pool
                - self.transfer)

    def __add__(self, more: "Counters") -> "Counters":
        return Counters(*(a + b for a, b in zip(
            dataclasses.astuple(self), dataclasses.astuple(more), strict=True)))

    @classmethod
    def of_record(cls, record, predicted: int) -> "Counters":
        """From the core's record of one command."""
        cycles, compute, stall = (int(record[name]) for name in ("cycles", "compute", "stall"))
        cause = {Opcode.ATTEND: "attention", Opcode.POOL: "pool",
                 Opcode.LOAD: "transfer"}.get(Opcode(int(record["opcode"])))
        rest = {cause: cycles - compute - stall} if cause else {}
        return cls(cycles=cycles, predicted=predicted, compute=compute, stall=stall,
                   skipped=int(record["skipped"]), spikes=int(record["spikes"]), **rest)


@dataclass(frozen=True)
class NetworkRun:
    """Outcome over all images; ``+`` appends further images.

    Parameters
    ----------
    comparison
        Every layer against the golden model.
    counters
        By layer; a residual computed with its convolution has none of its own.
    logits
        (images, classes) int64, from the core.
    cycles, runs
        Clock cycles simulated, and starts of the core.
    """
    comparison: Comparison
    counters: dict[str, Counters]
    logits: np.ndarray
    cycles: int
    runs: int

    def __add__(self, more: "NetworkRun") -> "NetworkRun":
        return NetworkRun(
            self.comparison + more.comparison,
            {name: part + more.counters[name] for name, part in self.counters.items()},
            np.concatenate([self.logits, more.logits]), self.cycles + more.cycles,
            self.runs + more.runs)


class NetworkBench:
    """Compiles a network once, then simulates images on the core and compares.

    Parameters
    ----------
    external, seed, core
        As of :func:`sim.core_bench.simulate`.
    """

    def __init__(self, artefact: Artefact, config: CoreConfig, *,
                 external: ExternalMemory | None = None, seed: int | None = None,
                 core: tuple[Path, Sidecar] | None = None):
        self.artefact = artefact
        self.config = config
        self.external = external or ExternalMemory()
        self.seed = default_seed() if seed is None else seed
        self.core = core
        self.program: Program = compile_network(artefact, config)
        self.levels = {node.name: node.levels for node in artefact.graph}

    def build(self) -> None:
        """Build the simulation, or find it built; several of :meth:`run` would wait for one."""
        build_core(self.config, self.core)

    def run(self, images: np.ndarray, *, jobs: int | None = None, chunk: int = CHUNK,
            progress: Callable[[int], None] | None = None) -> NetworkRun:
        """Simulate and compare images (N, C, H, W) uint8.

        Parameters
        ----------
        jobs
            Simulations side by side; by default one per core of this machine.
        chunk
            Starts of the core per simulation.
        progress
            Called with the images done so far.
        """
        chunks = self._chunks(images, chunk)
        done, lock = 0, threading.Lock()

        def one(chunk: np.ndarray) -> NetworkRun:
            nonlocal done
            outcome = self._compare(chunk, self._simulate(chunk))
            with lock:
                done += len(chunk)
                if progress:
                    progress(done)
            return outcome

        self.build()
        with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            first, *rest = pool.map(one, chunks)
        return sum(rest, first)

    def trace(self, images: np.ndarray, image: int, window: Window, *, chunk: int = CHUNK) -> None:
        """Repeat the simulation that had ``image`` of :meth:`run` in it, for its waveform."""
        chunks = self._chunks(images, chunk)
        self._simulate(chunks[image // len(chunks[0])], window)

    def _chunks(self, images: np.ndarray, chunk: int) -> list[np.ndarray]:
        size = chunk * self.program.images
        return [images[i:i + size] for i in range(0, len(images), size)]

    def _simulate(self, images: np.ndarray, waves: Window | None = None) -> CoreRun:
        program, batch = self.program, self.program.images
        runs = [Run(program.entry, ((program.image_address,
                                     program.image_bytes(images[i:i + batch])),))
                for i in range(0, len(images), batch)]
        return simulate(self.config, program.memory, runs, external=self.external, seed=self.seed,
                        waves=waves, core=self.core)

    def _compare(self, images: np.ndarray, got: CoreRun) -> NetworkRun:
        batch = self.program.images
        # Lanes without an image compute a black one: it shares their words, and so their cycles.
        filled = np.concatenate([images, np.zeros((-len(images) % batch, *images.shape[1:]),
                                                  images.dtype)])
        expected = golden.run(self.artefact, filled)
        parts = [self._compare_run(i, got, {name: array[i * batch:(i + 1) * batch]
                                            for name, array in expected.items()},
                                   filled[i * batch:(i + 1) * batch],
                                   min(batch, len(images) - i * batch))
                 for i in range(len(got.spans))]
        total = sum(parts[1:], parts[0])
        return dataclasses.replace(total, cycles=got.cycles)

    def _compare_run(self, index: int, got: CoreRun, expected: dict, images: np.ndarray,
                     count: int) -> NetworkRun:
        """Compare the first ``count`` images; ``expected`` and ``images`` fill the lanes."""
        program = self.program
        taps, records, results = (log[log["run"] == index]
                                  for log in (got.taps, got.records, got.results))
        if len(records) != len(program.commands):
            raise SimulationFailure(f"core simulation, SEED={self.seed}: run {index} executed "
                                    f"{len(records)} commands, not {len(program.commands)}")
        decoded = decode(program, taps, records, results, count)

        def cycle(layer: str, where: tuple[int, ...]) -> int:
            if layer in decoded.cycles:
                return decoded.cycles[layer][where]
            image, label = where  # a logit
            return results["cycle"][(results["image"] == image) & (results["label"] == label)].max()

        comparison = compare({name: array[:count] for name, array in expected.items()},
                             decoded.layers, levels=self.levels, cycle=cycle)
        return NetworkRun(comparison, self._count(records, expected, images),
                          decoded.layers["head"], 0, 1)

    def _count(self, records: np.ndarray, layers: dict, images: np.ndarray) -> dict[str, Counters]:
        """Counters of one run by layer."""
        program = self.program
        timing = Timing(self.external.latency, self.external.interval)
        predictions = predict(program, count_planes(program, layers, images), timing)
        counters: dict[str, Counters] = {}
        for command, record, prediction in zip(program.commands, records, predictions, strict=True):
            name = command.neurons or command.layer
            counters[name] = counters.get(name, Counters()) + Counters.of_record(
                record, prediction.cycles)
        return counters
