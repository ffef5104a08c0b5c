"""``spikeplane matrix``: the fixed matrix of networks, then further random ones."""
from dataclasses import dataclass
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from .core_bench import ExternalMemory
from .matrix import CASES, Case, extra_cases, run_case
from .network_bench import NetworkRun
from .record import write_record
from .runner import default_seed

__all__ = ["add_arguments", "main", "prediction_error"]

_PROSE = (
    "A name is seed, stem, image, width, blocks, heads, steps, weight bits, residual, core",
    "and memory (`sim/matrix.py`). `cycles` is the largest error of a layer's prediction.",
)

_LIMIT = 0.02
_ROUGH = ExternalMemory(latency=20, jitter=30, interval=2, stall=0.2)


@dataclass(frozen=True)
class _Outcome:
    """One network; ``error`` is that of the predicted cycles, None where they are not predicted."""
    case: Case
    spikes: int
    differences: int
    error: float | None

    @property
    def failed(self) -> bool:
        return bool(self.differences) or (self.error or 0.0) > _LIMIT

    @property
    def cells(self) -> tuple[str, str, str, str]:
        error = "" if self.error is None else f"{self.error:.2%}"
        return str(self.case), str(self.spikes), str(self.differences), error


def add_arguments(parser) -> None:
    parser.add_argument("--extra", type=int, default=24,
                        help=f"random networks after the fixed {len(CASES)} (default: 24)")
    parser.add_argument("--rough", action="store_true",
                        help="with a memory that stalls at random; cycles are not predicted then")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help="write the table as markdown when all networks have run")


def main(args) -> int:
    """Run the matrix; 1 on a difference, or a prediction off by more than 2 %."""
    if args.extra < 0:
        raise SpikeplaneError(f"--extra must be at least 0, not {args.extra}")
    if args.write and not args.write.parent.is_dir():
        raise SpikeplaneError(f"--write: no directory {args.write.parent}; make it first")
    seed = default_seed()
    print(f"SEED={seed}\n{'network':62}  {'spikes':>8}  {'diff':>4}  {'cycles':>6}")
    outcomes = []
    for case in (*CASES, *extra_cases(seed, args.extra)):
        run = run_case(case, _ROUGH if args.rough else None)
        outcome = _Outcome(case, run.comparison.spikes, run.comparison.differences,
                           None if args.rough else prediction_error(run))
        outcomes.append(outcome)
        name, *figures = outcome.cells
        print("{:62}  {:>8}  {:>4}  {:>6}".format(name, *figures).rstrip(), flush=True)
        if run.comparison.first:
            print(f"  first difference: {run.comparison.first}")
    summary = (f"{len(outcomes)} networks, {sum(o.spikes for o in outcomes)} spikes compared, "
               f"{sum(o.differences for o in outcomes)} differences, "
               f"{sum(o.failed for o in outcomes)} networks failed")
    print(summary)
    if args.write:
        command = f"SEED={seed} spikeplane matrix --extra {args.extra}"
        _write(args.write, command + " --rough" * args.rough, outcomes, summary)
    return int(any(o.failed for o in outcomes))


def prediction_error(run: NetworkRun) -> float:
    """Largest difference of predicted and simulated cycles of a layer, relative to the latter."""
    return max(abs(part.predicted - part.cycles) / part.cycles for part in run.counters.values())


def _write(path: Path, command: str, outcomes: list[_Outcome], summary: str) -> None:
    write_record(
        path, title="Random networks on the core", command=command, summary=summary,
        prose=_PROSE,
        head=["network", "spikes", "differences", "cycles"],
        rows=[outcome.cells for outcome in outcomes])
