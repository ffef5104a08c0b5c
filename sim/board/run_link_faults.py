"""``spikeplane faults``: random sequences of use and faults on the host link."""
from collections import Counter
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from ..progress import Progress
from ..record import write_record
from ..runner import default_seed
from .link_faults import run_campaign
from .model_target import ModelTarget
from .simulated import SimulatedBoard
from .simulated_target import SimulatedTarget

__all__ = ["add_arguments", "main"]

_PROSE = (
    "A sequence is up to 15 actions of a host on a board whose cable loses, repeats, damages,",
    "reorders, delays and invents bytes, is pulled and plugged again, while the board is reset and",
    "the host interrupted or killed (`sim/board/link_faults.py`). `right`: the driver returned a",
    "value, and it was right. The other columns count its errors by kind; a wrong value would have",
    "ended the campaign. After each sequence a good cable alone makes the board usable again.",
)
_OUTCOMES = ("right", "NoAnswer", "BoardReset", "LinkError", "Refused", "struck")


def add_arguments(parser) -> None:
    parser.add_argument("--sequences", type=int, default=1000, help="at least (default: 1000)")
    parser.add_argument("--target", choices=["model", "sim"], default="model",
                        help="model of the link, or the hardware under simulation (default: model)")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help="write the table as markdown at the end")


def main(args) -> int:
    """Run the campaign; a wrong value ends it with the shortest sequence that shows it."""
    if args.sequences < 1:
        raise SpikeplaneError(f"--sequences must be at least 1, not {args.sequences}")
    if args.write and not args.write.parent.is_dir():
        raise SpikeplaneError(f"--write: no directory {args.write.parent}; make it first")
    seed = default_seed()
    print(f"SEED={seed}", flush=True)
    progress = Progress(args.sequences, "sequences")
    if args.target == "model":
        outcomes = run_campaign(ModelTarget(), args.sequences, number=seed, progress=progress)
    else:
        with SimulatedBoard(SimulatedTarget.simulation()) as board:
            outcomes = run_campaign(SimulatedTarget(board), args.sequences, number=seed,
                                    progress=progress)
    rows = _rows(outcomes)
    summary = (f"{outcomes['sequences']} sequences, {sum(row[1] for row in rows)} right values, "
               "0 wrong values; the board was usable again after each")
    print(summary)
    if args.write:
        write_record(
            args.write, title=f"Faults on the host link: {args.target}",
            command=f"SEED={seed} spikeplane faults --sequences {args.sequences} "
                    f"--target {args.target}",
            summary=summary, prose=_PROSE, head=["action", *_OUTCOMES],
            rows=[[str(cell) for cell in row] for row in rows])
    return 0


def _rows(outcomes: Counter) -> list[list]:
    """Action, then how often it had each outcome."""
    actions = sorted({key[0] for key in outcomes if isinstance(key, tuple)})
    return [[action, *(outcomes[action, outcome] for outcome in _OUTCOMES)] for action in actions]
