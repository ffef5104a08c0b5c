"""The table, the figures and the file of a simulation."""
import dataclasses
import json

import numpy as np
import pytest
from matplotlib import image as images

from sim.figures import CAUSES, draw_raster, draw_report
from sim.network_bench import Counters
from sim.report import Report, Row
from sw.contract.errors import SpikeplaneError


def row(name, **fields):
    return Row(**{"name": name, "shape": (256, 16, 16), "compared": 8388608, "differences": 0,
                  "firing_rate": 0.125, "counters": Counters(cycles=1000000, predicted=990000),
                  "utilisation": 0.5, **fields})


REPORT = Report(
    network="made-up", artefact_digest="00", kit="0.1.0", core={"lanes": 4}, external={}, seed=1,
    images=32, runs=8, correct=31, spikes=9_000_000, differences=2, first_difference=None,
    cycles=4_000_000, seconds=2.0, operations=500_000_000, rows=(
        row("stem.0.expand"),
        row("block.1.residual2", counters=None, utilisation=None),
        row("block.1.attention", utilisation=None,
            counters=Counters(cycles=500, predicted=500, attention=490)),
        row("head", shape=(10,), firing_rate=None, utilisation=None, differences=2)))


def test_table_fits_a_terminal():
    lines = REPORT.table().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["layer", "shape", "compared", "rate", "diff", "predicted",
                                "simulated", "util"]
    assert lines[2].split() == ["stem.0.expand", "256x16x16", "8388608", "12.5%", "0", "990000",
                                "1000000", "50%"]
    assert lines[3].split() == ["block.1.residual2", "256x16x16", "8388608", "12.5%", "0"]
    assert lines[5].split() == ["head", "10", "8388608", "2", "990000", "1000000"]


def test_printed_lines(capsys):
    dataclasses.replace(REPORT, first_difference="head: image 3").print()
    out = capsys.readouterr().out.splitlines()
    assert out[-3:] == [
        "125,000 cycles per image; 2.0 s, 2,000,000 cycles/s, 250.0 M verified operations/s",
        "31 of 32 images classified as labelled", "first difference: head: image 3"]
    assert REPORT.summary == "32 images, 9000000 spikes compared, 2 differences"


def test_utilisation_is_of_all_cycles():
    assert REPORT.utilisation == 0.5 * 1000000 / 4_000_000


def test_file_holds_everything(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(REPORT.to_json())
    assert Report.read(path) == REPORT


@pytest.mark.parametrize("text", [
    pytest.param("{", id="truncated"), pytest.param("[]", id="array"),
    pytest.param("{}", id="empty"),
    pytest.param(json.dumps({**json.loads(REPORT.to_json()), "schema_version": 99}), id="version"),
    pytest.param(json.dumps({**json.loads(REPORT.to_json()), "rows": [{}]}), id="rows"),
    pytest.param(json.dumps({**json.loads(REPORT.to_json()), "more": 1}), id="more"),
])
def test_foreign_file_is_refused(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(SpikeplaneError, match="not a report of this version; run `make sim` again"):
        Report.read(path)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SpikeplaneError, match="there is no report; run `make sim` first"):
        Report.read(tmp_path / "report.json")


def colours(path):
    """Distinct colours of a figure, as rounded (red, green, blue)."""
    pixels = (images.imread(path)[..., :3] * 255).round().astype(int)
    return {tuple(pixel) for pixel in np.unique(pixels.reshape(-1, 3), axis=0)}


def rgb(text):
    return tuple(int(text[i:i + 2], 16) for i in (1, 3, 5))


def test_cycles_are_drawn_by_cause(tmp_path):
    rows = [row(cause, counters=Counters(cycles=1000, **{} if cause == "other" else {cause: 1000}))
            for cause in CAUSES]
    draw_report(dataclasses.replace(REPORT, rows=tuple(rows)), tmp_path)
    drawn = colours(tmp_path / "cycles.png")
    assert {rgb(colour) for _, colour in CAUSES.values()} <= drawn
    assert rgb("#0b6e99") in colours(tmp_path / "rates.png")


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 8), (2, 8, 8), (4, 2, 8, 8)])
def test_raster_shows_spikes_only_where_there_are(tmp_path, shape):
    image = (np.arange(np.prod(shape)) % 256).astype(np.uint8).reshape(shape)
    silent = {"a": np.zeros((4, 8, 2, 2), np.uint8)}
    draw_raster(image, silent, "t", tmp_path / "silent.png")
    draw_raster(image, {**silent, "b": np.ones((4, 8, 2, 2), np.uint8)}, "t", tmp_path / "loud.png")
    assert rgb("#0b6e99") not in colours(tmp_path / "silent.png")
    assert rgb("#0b6e99") in colours(tmp_path / "loud.png")
