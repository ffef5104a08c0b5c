"""Curves of trainings: what is drawn is what metrics.jsonl says."""
import json

import pytest

from sw.cli import main
from sw.contract.errors import SpikeplaneError

pytest.importorskip("matplotlib")
curves = pytest.importorskip("sw.curves")

LINES = [{"epoch": 1, "loss": 2.5, "validation": 0.5, "seconds": 3.0},
         {"epoch": 2, "loss": 1.5, "validation": 0.75, "seconds": 6.0},
         {"epoch": 3, "loss": 1.25, "validation": 0.75, "seconds": 9.0}]


def write(directory, lines):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "metrics.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_lines_and_kept_epochs(monkeypatch):
    drawn = []

    def plot(self, x, y, *arguments, **options):
        drawn.append((list(x), list(y)))
        return original(self, x, y, *arguments, **options)

    from matplotlib.axes import Axes
    original = Axes.plot
    monkeypatch.setattr(Axes, "plot", plot)
    png = curves.draw_curves({"one": LINES})
    assert png[:4] == b"\x89PNG"
    assert drawn == [([1, 2, 3], [2.5, 1.5, 1.25]), ([3], [1.25]),
                     ([1, 2, 3], [0.5, 0.75, 0.75]), ([3], [0.75])]


def test_command_draws_several_runs(tmp_path, capsys):
    write(tmp_path / "a", LINES)
    write(tmp_path / "b", LINES[:1])
    out = tmp_path / "figures" / "curves.png"
    assert main(["curves", "--run", str(tmp_path / "a"), str(tmp_path / "b"),
                 "--out", str(out)]) == 0
    assert out.read_bytes()[:4] == b"\x89PNG"
    assert capsys.readouterr().out == f"{out}: 2 trainings\n"
    assert main(["curves", "--run", str(tmp_path / "a"), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"spikeplane: {tmp_path}: cannot be written: Is a directory\n"


@pytest.mark.parametrize("content, message", [
    (None, r"metrics\.jsonl: cannot be read \(FileNotFoundError\); name a directory in which"),
    (b"", r"metrics\.jsonl: has no line; train an epoch first"),
    (b"\xff\xfe", "cannot be read"),
    (b"{", "line 1: epoch is missing, or is no number"),
    (b"[1]\n", "line 1: epoch is missing, or is no number"),
    (json.dumps(LINES[0]).encode() + b'\n{"epoch": 2, "loss": "x"}', "line 2: loss is missing"),
    (b'{"epoch": 2, "loss": true}', "line 1: loss is missing"),
], ids=["none", "empty", "bytes", "cut", "list", "text", "boolean"])
def test_bad_metrics_are_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "metrics.jsonl").write_bytes(content)
    with pytest.raises(SpikeplaneError, match=message) as caught:
        curves.read_metrics(tmp_path)
    assert "\n" not in str(caught.value)
