"""Estimates: factors found again, bounds that hold the builds, block RAMs counted."""
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from hw.boards import find_board
from hw.boards.board import Memory
from hw.boards.top import Top
from hw.build import estimate
from hw.build.block_rams import block_rams, memories
from hw.build.estimate import Sample, estimate_cells, estimate_clock, fit, terms, timing_of
from hw.build.plan import make_plan
from hw.config import CoreConfig, core
from hw.core.memory_port import MemoryPort
from sw.contract.errors import SpikeplaneError

FACTORS = np.array([1500.0, 2.5, 6.0, 0.5, 700.0])


def described(name="ecpix5", **fields):
    return replace(find_board(name), core=CoreConfig(**fields))


def sample(name="ecpix5", achieved=90.0, **fields):
    board = described(name, **fields)
    used = round(float(terms(board) @ FACTORS))
    return Sample(name, board.core, {"LUTs": used, "flip-flops": used // 2}, achieved)


SIZES = [dict(pass_channels=p, lanes=n, queries=q) for p, n, q in
         [(8, 4, 2), (4, 4, 2), (16, 4, 2), (8, 2, 2), (8, 4, 4), (8, 8, 8)]]


def test_cells_follow_the_terms():
    samples = [sample(**size) for size in SIZES] + [sample("ulx3s", **SIZES[0])]
    board = described(pass_channels=16, lanes=2, queries=4)
    found = estimate_cells(board, samples)
    assert found["LUTs"].value == pytest.approx(terms(board) @ FACTORS, rel=1e-3)
    assert found["LUTs"].low < found["LUTs"].value < found["LUTs"].high
    assert found["block RAMs"].value == block_rams(board)


def test_bounds_are_as_wide_as_the_builds_were_off():
    samples = [sample(**size) for size in SIZES]
    used = samples[0].resources
    samples[0] = replace(samples[0], resources=used | {"LUTs": round(used["LUTs"] * 1.3)})
    band = estimate_cells(samples[0].described, samples)["LUTs"]
    assert band.low <= samples[0].resources["LUTs"] <= band.high
    assert (band.high - band.low) / band.value > 0.1


def test_factors_are_not_negative():
    matrix = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 4.0]])
    assert fit(matrix, np.array([10.0, 8.0, 4.0])) == pytest.approx([5.6, 0], abs=1)
    assert fit(matrix, np.array([3.0, 5.0, 9.0])) == pytest.approx([1, 2])


def test_clock_falls_with_size_and_holds_the_builds():
    samples = [sample(achieved=120 / (p // 4), pass_channels=p) for p in (4, 8, 16)]
    for one in samples:
        band = estimate_clock(one.described, samples)
        assert band.low <= one.achieved <= band.high
    larger = estimate_clock(described(pass_channels=32), samples)
    assert larger.value == pytest.approx(15, rel=0.01)


def test_builds_that_did_not_fit_say_nothing_about_the_clock():
    samples = [sample(achieved=None, pass_channels=4), sample(achieved=80.0)]
    assert estimate_clock(described(), samples).value == pytest.approx(80)


@pytest.mark.parametrize("estimator", [estimate_cells, estimate_clock])
def test_board_without_builds(estimator):
    with pytest.raises(SpikeplaneError, match=r"tang_primer_20k: .*build it, e\.g\. `make bitst"):
        estimator(find_board("tang_primer_20k"), [sample(**size) for size in SIZES])


@pytest.mark.parametrize("name, words, bits, blocks", [
    ("icebreaker", 256, 36, 3), ("icebreaker", 4096, 8, 8), ("icebreaker", 4, 16, 0),
    ("ecpix5", 512, 36, 1), ("ecpix5", 65536, 32, 128), ("ecpix5", 32, 32, 0),
    ("tang_primer_20k", 32768, 16, 32),
])
def test_block_rams_of_one_memory(monkeypatch, name, words, bits, blocks):
    monkeypatch.setattr("hw.build.block_rams.memories", lambda board: [(words, bits)])
    assert block_rams(find_board(name)) == blocks


def test_memory_of_a_board_counts_where_it_is_block_ram():
    board = find_board("ecpix5")
    word = board.core.memory_bits
    assert (board.memory_bytes * 8 // word, word) in list(memories(board))
    assert len(list(memories(replace(board, memory=Memory.SDRAM)))) == len(list(
        memories(board))) - 1


def test_memories_are_those_of_the_design():
    board = find_board("icebreaker")
    text = make_plan(board, Top(board, board.system("0123456789ab")), 1).files["top.il"]
    built = sorted((int(size), int(width)) for width, size in re.findall(
        r"^ *memory width (\d+) size (\d+) ", text, re.M))
    # One word of the prefetch queue is a register; the queue of owners is registers.
    queue = (board.core.prefetch_words, board.core.memory_bits)
    built[built.index((queue[0] - 1, queue[1]))] = queue
    owners = (MemoryPort(board.core).pending, 7)
    assert sorted(memories(board)) == sorted(part for part in built if part != owners)


def test_timing_of_memories():
    ulx3s = replace(find_board("ulx3s"), core=core("small"))
    assert timing_of(ulx3s).interval == 2
    assert timing_of(find_board("ecpix5")) == estimate.Timing(2, 1)


def test_samples_are_read(tmp_path):
    one, other = sample(), sample("ulx3s")
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"builds": [{
        "board": each.board, "core": each.core.to_dict(), "resources": each.resources,
        "achieved": each.achieved} for each in (one, other)]}))
    assert estimate.read_samples(path, tmp_path) == (one, other)
    assert estimate.read_samples(tmp_path / "none.json", tmp_path) == ()


def test_every_bitstream_of_the_kit_is_a_sample():
    boards = {path.parent.name.rpartition("-")[2] for path in
              estimate.BITSTREAMS.glob("*/report.json")}
    samples = estimate.read_samples()
    assert len(boards) >= 3
    for name in boards:
        board = find_board(name)
        one, = (each for each in samples
                if (each.board, each.core) == (name, board.core))
        for kind, band in estimate_cells(board, samples).items():
            assert band.low <= one.resources[kind] <= band.high, (name, kind)
        assert one.achieved * 1e6 >= board.clock


def test_a_bitstream_takes_the_place_of_an_older_build(tmp_path):
    board = find_board("icebreaker")
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"builds": [{"board": "icebreaker", "core": board.core.to_dict(),
                                            "resources": {"logic cells": 1}, "achieved": 1.0}]}))
    same = [each for each in estimate.read_samples(path) if each.board == "icebreaker"]
    assert len(same) == 1 and same[0].resources["logic cells"] > 1
