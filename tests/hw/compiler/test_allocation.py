"""Tensors that are alive together never share a word."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.compiler.allocation import Allocator
from sw.contract.errors import SpikeplaneError

DEPTH = 100


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 4)), max_size=30))
def test_what_is_alive_does_not_overlap(tensors):
    allocator = Allocator("spike memory", "spike_words", DEPTH)
    placed, top = [], 0
    for now, (size, life) in enumerate(tensors):
        alive = [span for span in placed if span[2] >= now]
        try:
            address = allocator.place("layer", size, now, now + life)
        except SpikeplaneError:
            # Only if no gap between what is alive is large enough.
            edges = sorted([(0, 0), *[span[:2] for span in alive], (DEPTH, DEPTH)])
            gaps = [after[0] - max(edge[1] for edge in edges[:k + 1])
                    for k, after in enumerate(edges[1:])]
            assert max(gaps) < size
            continue
        assert 0 <= address and address + size <= DEPTH
        assert all(address + size <= begin or address >= end for begin, end, _ in alive)
        placed.append((address, address + size, now + life))
        top = max(top, address + size)
    assert allocator.peak == top


def test_space_is_used_again():
    allocator = Allocator("spike memory", "spike_words", 10)
    assert allocator.place("a", 6, now=0, last_use=1) == 0
    assert allocator.place("b", 4, now=1, last_use=2) == 6
    assert allocator.place("c", 6, now=2, last_use=2) == 0
    assert allocator.peak == 10


def test_a_tensor_read_now_is_still_there():
    allocator = Allocator("spike memory", "spike_words", 10)
    allocator.place("a", 6, now=0, last_use=3)
    with pytest.raises(SpikeplaneError):
        allocator.place("b", 6, now=3, last_use=3)


def test_refusal_names_layer_need_limit_and_cure():
    allocator = Allocator("mask memory", "mask_words", 10)
    allocator.place("a", 6, now=0, last_use=1)
    with pytest.raises(SpikeplaneError, match=r"^layer block\.0\.q: needs 5 words of mask memory "
                                              "beside 6 in use, the core has 10; raise mask_words "
                                              "or use a smaller network$"):
        allocator.place("block.0.q", 5, now=1, last_use=2)
