"""``spikeplane curves``: loss and validation of trainings over their epochs, as a figure."""
from pathlib import Path

from sw.files import write_bytes

__all__ = ["add_arguments", "main"]


def add_arguments(parser):
    parser.add_argument("--run", type=Path, nargs="+", required=True, metavar="DIR",
                        help="where trainings left metrics.jsonl, finished or not")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the figure, a PNG")


def main(args):
    # Late, so that the command line starts without matplotlib.
    from sw.curves import draw_curves, read_metrics

    figure = draw_curves({str(run): read_metrics(run) for run in args.run})
    write_bytes(args.out, figure, parents=True)
    print(f"{args.out}: {len(args.run)} trainings")
