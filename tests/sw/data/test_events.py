"""Event recordings: read bit by bit, counted once each, refused when they are not."""
from pathlib import Path

import numpy as np
import pytest

from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import build_graph
from sw.data import load
from sw.data.events import count_events, read_events

SOURCE = build_graph(ModelConfig(image=(2, 34, 34), image_bits=2, frames=True, steps=3))[0]


def recording(events):
    """As the format's description says: 40 bits, x, y, polarity, time."""
    return b"".join((x << 32 | y << 24 | p << 23 | t).to_bytes(5, "big") for x, y, p, t in events)


def draw(rng, count):
    times = np.sort(rng.integers(0, 1 << 23, count))
    return [(int(x), int(y), int(p), int(t)) for x, y, p, t in zip(
        rng.integers(0, 34, count), rng.integers(0, 34, count), rng.integers(0, 2, count), times,
        strict=True)]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    events = {}
    for part in ("Train", "Test"):
        for label in range(10):
            (tmp_path / part / str(label)).mkdir(parents=True)
            for k in range(9 if part == "Train" else 1):
                path = tmp_path / part / str(label) / f"{k:05}.bin"
                events[part, label, k] = draw(rng, 50)
                path.write_bytes(recording(events[part, label, k]))
    return tmp_path, events


def test_events_are_read(tmp_path):
    events = [(33, 0, 1, 0), (0, 33, 0, 1), (1, 2, 1, (1 << 23) - 1)]
    (tmp_path / "a.bin").write_bytes(recording(events))
    assert np.stack(read_events(tmp_path / "a.bin"), 1).tolist() == [list(e) for e in events]


def test_spans_are_equal_and_counts_stop_at_the_top():
    time = np.array([100, 101, 102, 199, 200, 299, 300, 399])
    zeros = np.zeros(8, int)
    frames = count_events(zeros + 5, zeros + 7, zeros + 1, time, 3, 255)
    assert frames[:, 1, 7, 5].tolist() == [4, 2, 2] and frames.sum() == 8
    frames = count_events(zeros + 5, zeros + 7, zeros + 1, time, 3, 3)
    assert frames[:, 1, 7, 5].tolist() == [3, 2, 2]


def test_one_event_is_in_the_first_frame():
    one = np.array([9])
    assert count_events(one, one, one * 0, one, 4, 7)[0, 0, 9, 9] == 1


@pytest.mark.parametrize("place", [".", "N-MNIST"])
def test_data_set(folder, place):
    path, events = folder
    if place != ".":
        for part in ("Train", "Test"):
            (path / place).mkdir(exist_ok=True)
            (path / part).rename(path / place / part)
    test = load("nmnist", "test", path, SOURCE)
    assert test.images.shape == (10, 3, 2, 34, 34) and test.labels.tolist() == list(range(10))
    for label, frames in enumerate(test.images):
        expected, mine = np.zeros((3, 2, 34, 34), int), events["Test", label, 0]
        first, last = mine[0][3], mine[-1][3]
        for x, y, p, t in mine:
            expected[(t - first) * 3 // (last - first + 1), p, y, x] += 1
        assert np.array_equal(frames, np.minimum(expected, 3))
    assert len(load("nmnist", "fit", path, SOURCE)) == 78


@pytest.mark.parametrize("content, message", [
    (b"", "has 0 bytes, not a number of events of 5"),
    (b"123456", "has 6 bytes, not a number of events of 5"),
    (recording([(34, 1, 0, 0)]), r"an event lies at \(34, 1\), beyond 34x34 pixels"),
], ids=["empty", "cut off", "beyond"])
def test_damaged_recording_is_refused(folder, content, message):
    path, _ = folder
    (path / "Test" / "3" / "00000.bin").write_bytes(content)
    with pytest.raises(SpikeplaneError, match=rf"00000\.bin: {message}"):
        load("nmnist", "test", path, SOURCE)


def test_missing_data_names_what_is_expected(folder, tmp_path_factory):
    path, _ = folder
    with pytest.raises(SpikeplaneError, match=r"'nmnist' must be downloaded first: .*--data"):
        load("nmnist", "test", None, SOURCE)
    with pytest.raises(SpikeplaneError, match="'nmnist' is not there; it is the folders Train"):
        load("nmnist", "test", tmp_path_factory.mktemp("empty"), SOURCE)
    (path / "Test" / "4" / "00000.bin").unlink()
    with pytest.raises(SpikeplaneError, match=str(Path("Test") / "4") + ": there is no .bin file"):
        load("nmnist", "test", path, SOURCE)


def test_networks_that_cannot_read_them_are_refused(folder):
    path, _ = folder
    with pytest.raises(SpikeplaneError, match="is made for the input of a network, which is"):
        load("nmnist", "test", path)
    still = build_graph(ModelConfig(image=(1, 34, 34)))[0]
    with pytest.raises(SpikeplaneError, match="has images 1x2x34x34, the network takes 1x34x34"):
        load("nmnist", "test", path, still)
