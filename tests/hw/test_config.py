"""Impossible cores are refused in one sentence; widths follow from the choices."""
import dataclasses
import re

import pytest

from hw.config import CORES, CoreConfig, core
from sw.contract.errors import SpikeplaneError


@pytest.mark.parametrize("field, value, need", [
    ("lanes", 3, "1, 2, 4 or 8"),
    ("lanes", 16, "1, 2, 4 or 8"),
    ("images", 3, "1, 2, 4 or 8"),
    ("word_channels", 2, "4, 8, 16, 32 or 64"),
    ("word_channels", 48, "4, 8, 16, 32 or 64"),
    ("pass_channels", 64, r"a power of two up to word_channels \(32\)"),
    ("pass_channels", 0, r"a power of two up to word_channels \(32\)"),
    ("weight_bits", 2, "4 or 8"),
    ("weight_bits", "4", "an integer"),
    ("lanes", True, "an integer"),
    ("accumulator_bits", 28, "8 to 27"),
    ("accumulator_bits", 7, "8 to 27"),
    ("count_bits", 17, "4 to 16"),
    ("queries", 3, "1, 2, 4 or 8"),
    ("fraction_bits", 5, "0 to 4"),
    ("neuron_lanes", 8, r"a power of two up to lanes \(4\)"),
    ("head_words", 3, "1, 2, 4 or 8"),
    ("pool", 1, "true or false"),
    ("side", 0, "1 to 2047"),
    ("channels", 15, "16 to 16384"),
    ("memory_space", 33, "12 to 32"),
    ("counter_bits", 15, "16 to 32"),
    ("spike_words", 15, "16 to 1048576"),
    ("spike_words", 4096.0, "an integer"),
    ("psum_words", 3, "4 to 65536"),
    ("psum_words", 1 << 17, "4 to 65536"),
    ("mask_words", 1 << 21, "4 to 1048576"),
    ("memory_bits", 24, "8, 16, 32 or 64"),
    ("prefetch_words", 8, "a power of two from 16 to 512"),
    ("prefetch_words", 48, "a power of two from 16 to 512"),
])
def test_impossible_choices_are_refused(field, value, need):
    with pytest.raises(SpikeplaneError, match=f"^core config: {field} must be {need}, "
                                              f"not {re.escape(repr(value))}$"):
        CoreConfig(**{field: value})


@pytest.mark.parametrize("config, sops, subs, word_bits, tile_bits, param_bits", [
    pytest.param(CoreConfig(), 1024, 4, 128, 1024, 23, id="default"),
    pytest.param(CoreConfig(lanes=1, word_channels=8, pass_channels=8, weight_bits=8,
                            accumulator_bits=27), 64, 1, 8, 512, 32, id="one-lane-W8"),
    pytest.param(CoreConfig(lanes=8, word_channels=64, pass_channels=1), 512, 64, 512, 256, 23,
                 id="one-output"),
])
def test_widths_follow_from_the_choices(config, sops, subs, word_bits, tile_bits, param_bits):
    assert (config.sops, config.subs, config.word_bits) == (sops, subs, word_bits)
    assert (config.tile_bits, config.param_bits) == (tile_bits, param_bits)


def test_digest_changes_with_every_choice():
    config = CoreConfig()
    other = {"lanes": 8, "images": 1, "word_channels": 64, "pass_channels": 4, "weight_bits": 8,
             "accumulator_bits": 19, "count_bits": 13, "fraction_bits": 3, "neuron_lanes": 2,
             "head_words": 4, "pool": False, "side": 63, "channels": 512, "queries": 4,
             "spike_words": 8193, "psum_words": 257, "mask_words": 2049, "memory_bits": 64,
             "memory_space": 28, "counter_bits": 24, "prefetch_words": 128}
    assert set(other) == {field.name for field in dataclasses.fields(CoreConfig)}
    digests = {dataclasses.replace(config, **{field: value}).digest
               for field, value in other.items()}
    assert len(digests | {config.digest}) == len(other) + 1
    assert CoreConfig().digest == config.digest


@pytest.mark.parametrize("name", CORES)
def test_presets_have_names(name):
    assert core(name) is CORES[name]


def test_unknown_preset_is_refused():
    with pytest.raises(SpikeplaneError, match=r"^unknown core 'huge'; choose one of mini, tiny"):
        core("huge")
