"""The whole core in Verilator: programs in; every spike written, logit and layer record out."""
import dataclasses
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hw.config import CoreConfig
from hw.verilog import Sidecar
from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError

from .core_model import LOGS, build_core, log_fields, log_type
from .runner import SimulationFailure, default_seed, run
from .waves import Window

__all__ = ["CoreRun", "ExternalMemory", "Run", "simulate"]

_PROGRESS_CYCLES = 1_000_000
_SECONDS = 7 * 86400.0  # what limits a run is its timeout in cycles


@dataclass(frozen=True, kw_only=True)
class ExternalMemory:
    """Behaviour of the external memory and of the consumers of results and records.

    Parameters
    ----------
    latency
        Cycles from the acceptance of a request to its first word, at least 1.
    jitter
        Up to as many cycles more, drawn for each request.
    interval
        Cycles per word; 1 is the full rate of the port.
    stall
        Probability, each cycle, that a stream of the core is held back; every 16th stall lasts up
        to 64 cycles. Applies to requests, responses, results and records independently.
    """
    latency: int = 16
    jitter: int = 0
    interval: int = 1
    stall: float = 0.0

    def __post_init__(self):
        for name, low in (("latency", 1), ("jitter", 0), ("interval", 1)):
            value = getattr(self, name)
            if type(value) is not int or value < low:
                raise SpikeplaneError(
                    f"external memory: {name} must be an integer of at least {low}, not {value!r}")
        if not 0 <= self.stall < 1:
            raise SpikeplaneError(
                f"external memory: stall must be at least 0 and below 1, not {self.stall!r}")


@dataclass(frozen=True)
class Run:
    """One start of the core.

    Parameters
    ----------
    program
        Byte address of the first command.
    writes
        (byte address, bytes) that the host writes to memory just before, e.g. the images.
    """
    program: int
    writes: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class CoreRun:
    """What the core did.

    The three logs are structured arrays in the order of time. Each record has ``cycle`` (counted
    from the end of reset) and ``run`` (index into the runs), then the fields of the core's port; a
    field above 64 bits is an array of bytes, lowest first.

    Parameters
    ----------
    taps
        ``kind``, ``address``, ``enable``, ``data``: spike words written and neurons fired.
    results
        ``image``, ``label``, ``value``: logits.
    records
        One per executed command: its counters.
    spans
        (runs, 2) int64: cycle of each start and of its end.
    cycles
        Clock cycles simulated.
    seconds
        Real time, the start of the simulator included.
    """
    taps: np.ndarray
    results: np.ndarray
    records: np.ndarray
    spans: np.ndarray
    cycles: int
    seconds: float


def simulate(config: CoreConfig, memory: bytes, runs: Sequence[Run], *,
             external: ExternalMemory | None = None, seed: int | None = None,
             timeout: int = 2_000_000_000, watchdog: int = 100_000, waves: Window | None = None,
             core: tuple[Path, Sidecar] | None = None,
             progress: Callable[[int, int], None] | None = None) -> CoreRun:
    """Run programs back to back on one core, without reset in between.

    Parameters
    ----------
    memory
        Initial contents of the whole external memory; an access beyond it is an error.
    runs
        Programs, started one after the other.
    external
        The memory's behaviour; by default without jitter and stalls.
    seed
        Of jitter and stalls; by default that of the environment, see :func:`default_seed`.
    timeout
        Cycles after which the simulation is given up.
    watchdog
        Cycles without a transfer on any port after which it is given up.
    waves
        Waveform to write.
    core
        Verilog and ports of what is simulated instead: a netlist, or another component.
    progress
        Called about every million cycles with the runs started and the cycles simulated.

    Raises
    ------
    SimulationFailure
        A timeout, no progress, an access outside the memory, responses left unread, or an
        assertion of the RTL.
    """
    begin = time.perf_counter()
    seed = default_seed() if seed is None else seed
    model, sidecar = build_core(config, core, waves=waves is not None)
    parent = BUILD / "runs"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="core.", dir=parent) as name:
        directory = Path(name)
        _write_settings(directory, config, sidecar, memory, runs, external or ExternalMemory(),
                        {"seed": seed, "timeout": timeout, "watchdog": watchdog})

        def line(text: str) -> None:
            words = text.partition("progress ")[2].split()
            if progress and words:
                progress(int(words[0]), int(words[1]))

        environment = {"SPIKEPLANE_BENCH": str(directory / "settings")}
        if waves is not None:
            environment["SPIKEPLANE_WAVES"] = f"{waves.first} {waves.last} {waves.path.resolve()}"
        run(model, "sim.harness.execute", seed=seed, line=line, environment=environment,
            timeout=_SECONDS)
        outcome, cycles, *spans = (directory / "outcome").read_text().splitlines()
        logs = {log: np.fromfile(directory / log, log_type(sidecar.port(port)))
                for log, port in LOGS.items()}
    if outcome != "done":
        raise SimulationFailure(_explain(outcome, int(cycles), len(spans), logs, seed))
    return CoreRun(
        **logs, spans=np.array([line.split() for line in spans], np.int64).reshape(-1, 2),
        cycles=int(cycles), seconds=time.perf_counter() - begin)


def _write_settings(directory: Path, config: CoreConfig, sidecar: Sidecar, memory: bytes,
                    runs: Sequence[Run], external: ExternalMemory, limits: dict) -> None:
    """Files that bench.cpp reads: settings, initial memory, and the data of the host's writes."""
    (directory / "memory").write_bytes(memory)
    values = {"output": directory, "word_bytes": config.memory_bits // 8,
              **dataclasses.asdict(external), "progress": _PROGRESS_CYCLES, **limits}
    lines = [f"{key} {value}" for key, value in values.items()]
    for log, port in LOGS.items():
        lines += [f"field {log} {part.offset} {part.width} {size} {int(part.signed)}"
                  for part, size in log_fields(sidecar.port(port))]
    request = {part.name: part for part in sidecar.port("request__payload").fields}
    lines += [f"field request {request[name].offset} {request[name].width} 4 0"
              for name in ("address", "length")]
    data = bytearray()
    for i, one in enumerate(runs):
        for address, part in one.writes:
            if address < 0 or address + len(part) > len(memory):
                raise SpikeplaneError(
                    f"core bench: run {i} writes {len(part)} bytes at {address:#x}, beyond the "
                    f"memory of {len(memory)} bytes")
            lines.append(f"write {address} {len(data)} {len(part)}")
            data += part
        lines.append(f"run {one.program}")
    (directory / "writes").write_bytes(data)
    (directory / "settings").write_text("\n".join(lines) + "\n")


def _explain(outcome: str, cycle: int, started: int, logs: dict, seed: int) -> str:
    what, *numbers = outcome.split()
    reason = {
        "timeout": "the timeout was reached",
        "stuck": "nothing moved on any port any more",
        "unread": "it was no longer busy but had not read all that it requested",
        "refused": "it requested {} memory words at byte address {}, misaligned, empty or beyond "
                   "the memory".format(*reversed(numbers)) if numbers else "",
    }[what]
    done = np.count_nonzero(logs["records"]["run"] == max(started - 1, 0))
    return (f"core simulation, SEED={seed}: {reason}, at cycle {cycle}, run {started - 1}, after "
            f"{done} commands of that run")
