import json

import pytest

from sw.contract.config import PRESETS, ModelConfig, preset
from sw.contract.errors import SpikeplaneError


@pytest.mark.parametrize("name", PRESETS)
def test_json_round_trip(name):
    config = preset(name)
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(SpikeplaneError, match="unknown preset 'x'; choose one of digits, "):
        preset("x")


@pytest.mark.parametrize("field, value, message", [
    ("stem", "vgg", "stem must be one of 'scs', 'sps', not 'vgg'"),
    ("image", (1, 8), "image must be a"),
    ("image", (1, 0, 8), "image must be a"),
    ("image", 8, "image must be a"),
    ("image_bits", 9, "image_bits must be one of 1, 2"),
    ("image_bits", 8.0, "image_bits must be"),
    ("pad_value", (1, 2), "pad_value must be empty or one"),
    ("pad_value", (256,), "pad_value must be"),
    ("pad_value", 3, "pad_value must be"),
    ("dim", 0, "dim must be from 1 to 4096, not 0"),
    ("dim", 10 ** 30, r"dim must be from 1 to 4096, not 1000"),
    ("depth", True, "depth must be"),
    ("heads", 5, "heads must be a divisor of dim 64, not 5"),
    ("steps", "4", "steps must be"),
    ("stages", 4, "image must be at least 16 pixels"),
    ("stages", 10 ** 18, "stages must be from 1 to 8"),
    ("weight_bits", 5, "weight_bits must be one of 2, 4, 8, not 5"),
    ("fraction_bits", True, "fraction_bits must be"),
    ("pools", (True, False), "pools must be four booleans"),
    ("pools", 3, "pools must be four booleans"),
    ("residual", "xor", "residual must be"),
    ("residual", ["add"], "residual must be"),
], ids=str)
def test_impossible_choices_are_refused(field, value, message):
    with pytest.raises(SpikeplaneError, match=message):
        ModelConfig(**{field: value})


def test_stem_divisibility_is_refused():
    with pytest.raises(SpikeplaneError, match="dim must be a multiple of 4 for 3 stem stages"):
        ModelConfig(dim=62, heads=1, stages=3)
    with pytest.raises(SpikeplaneError, match="dim must be a multiple of 8 for the sps stem"):
        ModelConfig(stem="sps", dim=36)


@pytest.mark.parametrize("change, message", [
    (lambda d: d.pop("dim"), "field 'dim' is missing"),
    (lambda d: d.update(colour=1), "unknown field 'colour'"),
], ids=["missing", "unknown"])
def test_fields_of_a_dictionary(change, message):
    values = ModelConfig().to_dict()
    change(values)
    with pytest.raises(SpikeplaneError, match=message):
        ModelConfig.from_dict(values)


def test_dictionary_must_be_an_object():
    with pytest.raises(SpikeplaneError, match="must be an object"):
        ModelConfig.from_dict([1])
