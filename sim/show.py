"""``spikeplane report``: table and figures of the last simulation, without simulating."""
from pathlib import Path

from sw.contract.cache import BUILD

from .figures import draw_report
from .report import Report

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    parser.add_argument("--net", default="digits-w4",
                        help="name of the network simulated (default: digits-w4)")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="where the report lies (default: build/sim/<net>)")


def main(args) -> int:
    """Print the report and draw its figures anew."""
    out = args.out or BUILD / "sim" / Path(args.net).name
    report = Report.read(out / "report.json")
    report.print()
    draw_report(report, out)
    print(report.summary)
    return 0
