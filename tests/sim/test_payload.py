"""Packing agrees with Amaranth's own layouts."""
import pytest
from amaranth.hdl import Const, signed, unsigned
from amaranth.lib import data, enum
from hypothesis import given
from hypothesis import strategies as st

from sim.payload import pack, unpack


class Mode(enum.Enum, shape=2):
    OFF = 0
    ON = 2


INNER = data.StructLayout({"a": signed(5), "b": 1})
LAYOUT = data.StructLayout({"list": data.ArrayLayout(INNER, 3), "mode": Mode, "n": unsigned(7)})


@st.composite
def values(draw):
    return {"list": [{"a": draw(st.integers(-16, 15)), "b": draw(st.integers(0, 1))}
                     for _ in range(3)],
            "mode": draw(st.sampled_from([0, 2])), "n": draw(st.integers(0, 127))}


@given(values())
def test_bits_are_amaranths(value):
    typed = {**value, "mode": Mode(value["mode"])}
    assert pack(LAYOUT, value) == Const.cast(LAYOUT.const(typed)).value


@given(values())
def test_unpack_inverts_pack(value):
    assert unpack(LAYOUT, pack(LAYOUT, value)) == value


def test_missing_fields_are_zero():
    assert pack(LAYOUT, {"n": 3}) == 3 << 20


@pytest.mark.parametrize("shape, value, message", [
    pytest.param(unsigned(3), 8, "8 does not fit", id="too-large"),
    pytest.param(unsigned(3), -1, "-1 does not fit", id="negative"),
    pytest.param(signed(3), 4, "4 does not fit", id="signed-too-large"),
    pytest.param(signed(3), -5, "-5 does not fit", id="signed-too-small"),
    pytest.param(INNER, {"c": 0}, r"no field \['c'\]", id="unknown-field"),
    pytest.param(data.ArrayLayout(2, 3), [0, 0], "array of 3 elements given 2", id="length"),
])
def test_what_does_not_fit_is_refused(shape, value, message):
    with pytest.raises(ValueError, match=message):
        pack(shape, value)
