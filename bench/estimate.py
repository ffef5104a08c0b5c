"""Builds cores of several sizes for a board, and writes how far estimates are off.

``make estimates BOARD=ecpix5`` builds variations of the board's core, adds what came out to
``hw/build/calibration.json``, and writes ``docs/results/estimate.md``: every real build, the kit's
bitstreams among them, against an estimate that was made without it. With ``--packed`` a build stops
after packing, which counts its cells in a minute and says nothing about its clock. Interrupted, it
goes on where it was: what is there from this revision of the hardware is not built again. Without a
board, only the page is written anew.
"""
import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hw.boards import find_board
from hw.boards.board import Board
from hw.boards.top import Top
from hw.build import report
from hw.build.estimate import CALIBRATION, Sample, estimate_cells, estimate_clock, read_samples
from hw.build.failure import needs_of
from hw.build.flow import StepFailure, execute
from hw.build.plan import make_plan
from hw.build.revision import hardware_revision
from hw.config import CoreConfig
from sim.record import write_record
from sw.contract.errors import SpikeplaneError

PAGE = Path(__file__).resolve().parent.parent / "docs/results/estimate.md"
_VARIATIONS = ({"pass_channels": -1}, {"lanes": -1}, {"word_channels": 1}, {"queries": 1},
               {"word_channels": 1, "pass_channels": 1})
"""Fields of the board's core that are doubled or halved."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board")
    parser.add_argument("--packed", action="store_true",
                        help="neither place nor route: cells are counted, the clock is not")
    args = parser.parse_args()
    try:
        builds = json.loads(CALIBRATION.read_text())["builds"]
        if args.board:
            board, revision = find_board(args.board), hardware_revision(dirty=True)
            for core in variations(board.core):
                same = [one for one in builds
                        if (one["board"], one["core"]) == (board.name, core.to_dict())]
                if any(one["revision"] == revision for one in same):
                    continue
                builds = [one for one in builds if one not in same]
                builds.append({**build(replace(board, core=core), args.packed),
                               "revision": revision})
                write_builds(builds)
                print(builds[-1], flush=True)
        write_page(read_samples())
    except SpikeplaneError as error:
        print(f"estimate: {error}", file=sys.stderr)
        return 1
    return 0


def variations(core: CoreConfig) -> list[CoreConfig]:
    """The core and its relatives, those left out that no core can be."""
    found = []
    for changes in _VARIATIONS:
        fields = core.to_dict()
        for name, power in changes.items():
            fields[name] = fields[name] << power if power > 0 else fields[name] >> -power
        try:
            found.append(CoreConfig.from_dict(fields))
        except SpikeplaneError:
            continue
    return found


def build(board: Board, packed: bool) -> dict:
    """Build a board; one that does not fit is a sample, too, because place and route counts it."""
    plan = make_plan(board, Top(board, board.system("0" * 12)), 1)
    if packed:
        synthesis, place, *_ = plan.commands
        plan = replace(plan, commands=[synthesis, [*place, "--pack-only"]])
    achieved = None
    try:
        directory = execute(plan)
        if packed:
            used = needs_of(board, "".join(log.read_text() for log in directory.glob("*.tim")))
        else:
            found = report.read_report(board, directory)
            used = {name: use.used for name, use in found.resources.items()}
            achieved = found.clock.achieved
    except StepFailure as failure:
        used = needs_of(board, failure.text)
        if not used:
            raise
    return {"board": board.name, "resources": used, "achieved": achieved,
            "core": board.core.to_dict()}


def write_builds(builds: list[dict]) -> None:
    partial = CALIBRATION.with_suffix(".partial")
    partial.write_text(json.dumps({"builds": builds}, indent=1) + "\n")
    partial.replace(CALIBRATION)


def _order(sample: Sample):
    return sample.board, sample.core.sops, sample.core.digest


def write_page(samples: Iterable[Sample]) -> None:
    """Each build against the estimate from all others."""
    rows, worst = [], 0.0
    for sample in sorted(samples, key=_order):
        others = [other for other in samples if other != sample]
        try:
            cells = estimate_cells(sample.described, others)
        except SpikeplaneError:
            continue  # the only build of its family
        cores = f"{sample.core.lanes} x {sample.core.word_channels} x {sample.core.pass_channels}"
        for name, band in cells.items():
            if name in sample.resources:
                error = band.value / sample.resources[name] - 1
                worst = max(worst, abs(error))
                rows.append([sample.board, cores, name, f"{band.value:.0f}",
                             f"{sample.resources[name]}", f"{error:+.0%}"])
        if not sample.achieved:
            continue
        try:
            clock = estimate_clock(sample.described, others)
        except SpikeplaneError:
            continue  # the only one of its board that was routed
        inside = "within" if clock.low <= sample.achieved <= clock.high else "outside"
        rows.append([sample.board, cores, "clock, MHz", f"{clock.low:.0f} to {clock.high:.0f}",
                     f"{sample.achieved:.1f}", inside])
    write_record(PAGE, title="Estimates against builds", command="make estimates",
                 summary=f"{len(rows)} estimates of real builds; cells off by {worst:.0%} at most",
                 prose=[("Every estimate is made from the other builds alone. A core is lanes x "
                        "channels of a word x"),
                        "channels of a pass; other fields vary as well."],
                 head=["board", "core", "what", "estimate", "build", "error"], rows=rows)


if __name__ == "__main__":
    sys.exit(main())
