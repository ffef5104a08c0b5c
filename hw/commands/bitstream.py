"""``spikeplane bitstream``: build a board's bitstream, or check one that is committed."""
import sys
import tempfile
from pathlib import Path

from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError

from .board_arguments import add_board_arguments, board_from

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    add_board_arguments(parser)
    parser.add_argument("--net", help="artefact that the bitstream is checked with and named after "
                        "(default: that of the board)")
    parser.add_argument("--seed", type=int, default=1, help="of place and route (default: 1)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N",
                        help="build N seeds from --seed on and keep the fastest (default: 1)")
    parser.add_argument("--dirty", action="store_true",
                        help="build from sources that are not committed; the bitstream says so")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="where to write it (default: bitstreams/<net>-<board>)")
    parser.add_argument("--check", action="store_true",
                        help="build the bitstream that is there once more, and compare")


def main(args) -> None:
    """Build, refuse what is too large or too slow, write the directory and a summary."""
    for name in ("seed", "seeds"):
        if getattr(args, name) < 1:
            raise SpikeplaneError(f"--{name} must be at least 1, not {getattr(args, name)}")
    # Late: Amaranth and the compiler are slow to load, and `--help` does without.
    from ..build import bitstream, check
    board = board_from(args)
    net = args.net or board.net
    directory = args.out or bitstream.directory_of(Path(net).name, board.name)
    if args.check:
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="check-", dir=BUILD) as builds:
            print(check.check_bitstream(directory, Path(builds)))
        return
    _build(args, board, net, directory)


def _build(args, board, net: str, directory: Path) -> None:
    from ..boards.top import Top
    from ..build import bitstream, report
    from ..build.figure import draw_placement
    from ..build.fit import network_of
    from ..build.placement import components, read_placement
    from ..build.plan import make_plan
    from ..build.revision import hardware_revision
    system = board.system(hardware_revision(dirty=args.dirty))
    network = network_of(board, net)
    print(f"{board.title}: core of {board.core.sops} synaptic operations per cycle at "
          f"{board.clock / 1e6:g} MHz, revision {system.revision}", file=sys.stderr)
    if not board.family.product:
        plan = make_plan(board, Top(board, system), args.seed)
        bitstream.save_project(board, plan, system, network, directory)
        print(f"{directory}: a project for {board.family.vendor_tool}, not built here")
        return
    builds = []
    for seed in range(args.seed, args.seed + args.seeds):
        plan = make_plan(board, Top(board, system), seed)
        builds.append(bitstream.run_build(board, plan, seed))
        clock = builds[-1].report.clock
        print(f"seed {seed}: {clock.achieved:.2f} MHz of {clock.wanted:g} MHz", file=sys.stderr)
    best = max(builds, key=lambda build: build.report.clock.achieved)
    report.check_timing(board, best.report)
    cells = read_placement(best.directory / board.family.placement)
    clock = best.report.clock
    title = (f"{board.title}, core of {board.core.sops} SOP per cycle, {clock.achieved:.1f} MHz "
             f"({clock.wanted:g} needed)")
    bitstream.save_bitstream(best, system, network, components(cells),
                             draw_placement(cells, title), directory)
    print(report.summary(best.report))
    print(f"bitstream: {directory}")
