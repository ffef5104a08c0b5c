"""``spikeplane sim-matrix``: the fixed matrix of networks, then further random ones."""
from sw.contract.errors import SpikeplaneError

from .core_bench import ExternalMemory
from .matrix import CASES, extra_cases, run_case
from .network_bench import NetworkRun
from .runner import default_seed

__all__ = ["add_arguments", "main", "prediction_error"]

_LIMIT = 0.02
_ROUGH = ExternalMemory(latency=20, jitter=30, interval=2, stall=0.2)


def add_arguments(parser) -> None:
    parser.add_argument("--extra", type=int, default=24,
                        help=f"random networks after the fixed {len(CASES)} (default: 24)")
    parser.add_argument("--rough", action="store_true",
                        help="with a memory that stalls at random; cycles are not predicted then")


def main(args) -> int:
    """Run the matrix; 1 on a difference, or a prediction off by more than 2 %."""
    if args.extra < 0:
        raise SpikeplaneError(f"--extra must be at least 0, not {args.extra}")
    seed = default_seed()
    print(f"SEED={seed}\n{'network':58}  {'spikes':>8}  {'diff':>4}  {'cycles':>6}")
    spikes = differences = failed = 0
    cases = [*CASES, *extra_cases(seed, args.extra)]
    for case in cases:
        run = run_case(case, _ROUGH if args.rough else None)
        spikes += run.comparison.spikes
        differences += run.comparison.differences
        error = 0.0 if args.rough else prediction_error(run)
        failed += bool(run.comparison.differences or error > _LIMIT)
        print(f"{case!s:58}  {run.comparison.spikes:8}  {run.comparison.differences:4}  "
              f"{'' if args.rough else format(error, '6.2%')}".rstrip(), flush=True)
        if run.comparison.first:
            print(f"  first difference: {run.comparison.first}")
    print(f"{len(cases)} networks, {spikes} spikes compared, {differences} differences, "
          f"{failed} networks failed")
    return int(failed > 0)


def prediction_error(run: NetworkRun) -> float:
    """Largest difference of predicted and simulated cycles of a layer, relative to the latter."""
    return max(abs(part.predicted - part.cycles) / part.cycles for part in run.counters.values())
