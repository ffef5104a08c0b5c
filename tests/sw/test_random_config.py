import numpy as np
import pytest

from sw.contract.graph import Attention, Conv, Head, build_graph
from sw.random_config import macs, random_config

CONFIGS = [random_config(np.random.default_rng(seed)) for seed in range(300)]


@pytest.mark.parametrize("field, values", [
    ("stem", {"scs", "sps"}), ("steps", {1, 2, 4}), ("weight_bits", {2, 4, 8}),
    ("depth", {1, 2, 3}),
    ("heads", {1, 2, 3, 4, 5, 6, 8}), ("residual", {"add", "iand"}), ("stages", {1, 2, 3}),
    ("fraction_bits", {0, 1, 2, 3, 4}), ("dim", {16, 24, 32, 48, 64, 80, 96}),
    ("head_bits", {4, 8}),
])
def test_every_choice_is_drawn(field, values):
    assert {getattr(config, field) for config in CONFIGS} == values


def test_images_are_odd_and_mostly_not_square():
    shapes = [config.image for config in CONFIGS]
    assert {channels for channels, _, _ in shapes} == {1, 3}
    sides = {side for shape in shapes for side in shape[1:]}
    assert min(sides) == 8 and max(sides) == 40
    assert sum(height != width for _, height, width in shapes) > 250
    assert any(config.pad_value for config in CONFIGS)


def test_work_is_capped():
    rng = np.random.default_rng(1)
    assert all(macs(config) <= 20_000_000 for config in CONFIGS)
    assert all(macs(random_config(rng, 500_000)) <= 500_000 for _ in range(20))


def test_macs_count_every_step_but_one_head():
    config = CONFIGS[0]
    graph = build_graph(config)
    layers = sum(n.macs for n in graph if isinstance(n, (Conv, Attention)))
    head = sum(n.macs for n in graph if isinstance(n, Head))
    assert macs(config) == config.steps * layers + head
