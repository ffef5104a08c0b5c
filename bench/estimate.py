"""Builds cores of several sizes for a board, and writes how far estimates are off.

``make estimates BOARD=ecpix5`` builds the board's core and variations of it, adds what came out to
``hw/build/calibration.json``, and writes ``docs/results/estimate.md``: every real build against an
estimate that was made without it. Without a board, only the page is written anew.
"""
import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from hw.boards import find_board
from hw.boards.board import Board
from hw.boards.top import Top
from hw.build import bitstream, report
from hw.build.estimate import CALIBRATION, Sample, estimate_cells, estimate_clock, read_samples
from hw.build.failure import needs_of
from hw.build.flow import StepFailure, execute
from hw.build.plan import make_plan
from hw.config import CoreConfig
from sim.record import write_record
from sw.contract.errors import SpikeplaneError

PAGE = Path(__file__).resolve().parent.parent / "docs/results/estimate.md"
_VARIATIONS = ({}, {"pass_channels": -1}, {"word_channels": 1}, {"lanes": -1}, {"queries": 1},
               {"word_channels": 1, "pass_channels": 1})
"""Fields of the board's core that are doubled or halved."""
_REVISION = "0" * 12


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board")
    args = parser.parse_args()
    try:
        samples = list(read_samples())
        if args.board:
            board = find_board(args.board)
            for core in variations(board.core):
                samples = [sample for sample in samples
                           if (sample.board, sample.core) != (board.name, core)]
                samples.append(build(replace(board, core=core)))
                write_samples(samples)
                print(samples[-1])
        write_page(samples)
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


def build(board: Board) -> Sample:
    """Build a board; one that does not fit is a sample, too, because place and route counts it."""
    plan = make_plan(board, Top(board, board.system(_REVISION)), 1)
    try:
        found = report.read_report(board, execute(plan))
    except StepFailure as failure:
        used = needs_of(board, failure.text)
        if not used:
            raise
        return Sample(board.name, board.core, used, None)
    return Sample(board.name, board.core,
                  {name: use.used for name, use in found.resources.items()},
                  found.clock.achieved)


def write_samples(samples: list[Sample]) -> None:
    values = {"builds": [{"board": sample.board, "resources": sample.resources,
                          "achieved": sample.achieved, "core": sample.core.to_dict()}
                         for sample in sorted(samples, key=_order)]}
    partial = CALIBRATION.with_suffix(".partial")
    partial.write_text(json.dumps(values, indent=1) + "\n")
    partial.replace(CALIBRATION)


def _order(sample: Sample):
    return sample.board, sample.core.sops, sample.core.digest


def write_page(samples: list[Sample]) -> None:
    """Each build against the estimate from all others, and the bitstreams against all."""
    rows, worst = [], 0.0
    known = {(sample.board, sample.core) for sample in samples}
    for sample in sorted([*samples, *(extra for extra in shipped()
                                      if (extra.board, extra.core) not in known)], key=_order):
        others = [other for other in samples if other != sample]
        try:
            cells = estimate_cells(sample.described, others)
            clock = estimate_clock(sample.described, others)
        except SpikeplaneError:
            continue  # the only build of its kind
        cores = f"{sample.core.lanes} x {sample.core.word_channels} x {sample.core.pass_channels}"
        for name, band in cells.items():
            if name in sample.resources:
                error = band.value / sample.resources[name] - 1
                worst = max(worst, abs(error))
                rows.append([sample.board, cores, name, f"{band.value:.0f}",
                             f"{sample.resources[name]}", f"{error:+.0%}"])
        if sample.achieved:
            inside = "within" if clock.low <= sample.achieved <= clock.high else "outside"
            rows.append([sample.board, cores, "clock, MHz", f"{clock.low:.0f} to {clock.high:.0f}",
                         f"{sample.achieved:.1f}", inside])
    write_record(PAGE, title="Estimates against builds", command="make estimates",
                 summary=f"{len(rows)} estimates of real builds; cells off by {worst:.0%} at most",
                 prose=[("Every estimate is made from the other builds alone. A core is lanes x "
                        "channels of a word x"),
                        "channels of a pass; other fields vary as well."],
                 head=["board", "core", "what", "estimate", "build", "error"], rows=rows)


def shipped() -> list[Sample]:
    """Builds of the bitstreams that come with the kit."""
    found = []
    for directory in sorted(bitstream.BITSTREAMS.iterdir()):
        file = directory / bitstream.REPORT_FILE
        if file.exists():
            values = json.loads(file.read_text())
            manifest = bitstream.load_manifest(directory)
            found.append(Sample(
                manifest["board"], CoreConfig.from_dict(manifest["system"]["core"]),
                {name: use["used"] for name, use in values["resources"].items()},
                min(clock["achieved"] for clock in values["clocks"])))
    return found


if __name__ == "__main__":
    sys.exit(main())
