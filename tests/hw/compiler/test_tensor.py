"""Where channels lie: heads do not share slots, passes cover every channel."""
import numpy as np
import pytest

from hw.compiler.tensor import SpikeTensor, head_positions
from hw.config import CoreConfig

CONFIG = CoreConfig(word_channels=16, pass_channels=4)


@pytest.mark.parametrize("channels, heads, slot, words, segment", [
    pytest.param(8, 4, 4, 1, 2, id="two-channels-in-a-slot-of-four"),
    pytest.param(18, 3, 8, 1, 3, id="six-in-eight"),
    pytest.param(32, 2, 16, 1, 4, id="a-word"),
    pytest.param(48, 2, 32, 2, 4, id="a-word-and-a-half"),
    pytest.param(64, 1, 64, 4, 4, id="four-words"),
])
def test_heads(channels, heads, slot, words, segment):
    positions, got_words, got_segment = head_positions(CONFIG, channels, heads)
    assert (got_words, got_segment) == (words, segment)
    size = channels // heads
    for head in range(heads):
        mine = positions[head * size:][:size]
        np.testing.assert_array_equal(mine, head * slot + np.arange(size))
    assert len(set(positions.tolist())) == channels
    # Within a word a head keeps to its segment, beyond it to whole words.
    assert slot % (1 << segment) == 0


def tensor(positions, **fields):
    return SpikeTensor(**{"name": "layer", "height": 3, "width": 5, "planes": 2, "words": 2,
                          "positions": np.array(positions), "groups": 2} | fields)


def test_sizes():
    assert (tensor([0]).pixels, tensor([0]).size) == (15, 60)
    assert (tensor([0]).mask_size, tensor([0], masked=True).mask_size) == (0, 30)


@pytest.mark.parametrize("positions, granules", [
    ([0], [(0, 0)]),
    ([3, 4, 15], [(0, 0), (0, 1), (0, 3)]),
    (range(20), [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]),
    ([17, 2], [(0, 0), (1, 0)]),
])
def test_granules_are_those_with_a_channel(positions, granules):
    assert tensor(list(positions)).granules(CONFIG) == granules
