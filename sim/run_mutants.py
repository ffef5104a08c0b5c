"""``spikeplane mutants``: plant every defect of the table; a test must notice each."""
from collections.abc import Sequence
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from .mutants import MUTANTS, Mutant
from .mutation import Outcome, campaign
from .record import write_record
from .runner import default_seed

__all__ = ["add_arguments", "main", "report_campaign"]

_PROSE = (
    "Each row is a change of one file (`sim/mutants`) in a copy of the repository. The test",
    "passes without it, and must fail on an assertion with it: a test that does not start, or",
    "falls over, does not count. Seconds include builds that the cache did not have.",
)

_ROOT = Path(__file__).resolve().parent.parent
_ROW = "{:52}  {:28}  {:>7}  {}"


def add_arguments(parser) -> None:
    parser.add_argument("--only", metavar="NAME", help="plant this one alone")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help="write the table as markdown when all tests have run")


def main(args) -> int:
    """Run the campaign; 1 if a defect survives."""
    mutants = [mutant for mutant in MUTANTS if args.only in (None, mutant.name)]
    if not mutants:
        raise SpikeplaneError(f"no mutant is called {args.only!r}; sim/mutants has the names")
    if args.write and not args.write.parent.is_dir():
        raise SpikeplaneError(f"--write: no directory {args.write.parent}; make it first")
    return report_campaign(_ROOT, mutants, seed=default_seed(), write=args.write)


def report_campaign(root: Path, mutants: Sequence[Mutant], *, seed: int, write: Path | None = None,
                    ) -> int:
    """Run ``mutants`` on a checkout, print a line each; 1 if one survives.

    ``write`` receives the table as markdown.
    """
    print(f"SEED={seed}\n" + _ROW.format("defect", "file", "seconds", "caught by"))

    def line(mutant: Mutant | None, outcome: Outcome) -> None:
        name, path = (mutant.name, mutant.path) if mutant else ("none", "")
        print(_ROW.format(name, path, f"{outcome.seconds:.1f}", _caught_by(mutant, outcome)),
              flush=True)

    outcomes = campaign(root, mutants, seed=seed, report=line)
    caught = sum(_caught(outcome) for outcome in outcomes.values())
    for mutant, outcome in outcomes.items():
        if not _caught(outcome):
            print(f"not caught: {mutant.name} ({mutant.path}): {mutant.test} {outcome.verdict}")
    summary = f"{len(mutants)} mutants, {caught} caught"
    print(summary)
    if write:
        _write(write, outcomes, seed, summary)
    return int(caught < len(mutants))


def _caught(outcome: Outcome) -> bool:
    return outcome.verdict == "failed"


def _caught_by(mutant: Mutant | None, outcome: Outcome) -> str:
    """The test without its folders; or that it said nothing."""
    test = outcome.test.rpartition("/")[2].replace(".py::", ": ")
    if mutant is None:
        return f"{outcome.verdict}: {test}"
    return test if _caught(outcome) else f"NOT CAUGHT by {test}"


def _write(path: Path, outcomes: dict[Mutant, Outcome], seed: int, summary: str) -> None:
    write_record(
        path, title="Defects planted and caught", command=f"SEED={seed} spikeplane mutants",
        summary=summary,
        prose=_PROSE,
        head=["defect", "file", "caught by", "seconds"],
        rows=[(mutant.name, f"`{mutant.path}`", f"`{outcome.test if _caught(outcome) else '-'}`",
               f"{outcome.seconds:.1f}") for mutant, outcome in outcomes.items()])
