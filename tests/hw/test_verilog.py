"""The door from components to Verilog: names, sidecar, digests."""
import re

import pytest
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.verilog import Field, Port, Sidecar, convert, fingerprint, write


class Sample(wiring.Component):
    """One of each kind of port.

    Timing: ``flag`` follows ``program`` one cycle later.
    """

    def __init__(self, step: int = 1):
        self.step = step
        super().__init__({
            "program": In(4), "flag": Out(signed(3)),
            "i": In(stream.Signature(data.StructLayout({"value": signed(5), "last": 1}))),
            "lanes": Out(2).array(2),
        })

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.flag.eq(self.program + self.step)
        m.d.comb += [self.i.ready.eq(1), self.lanes[0].eq(self.i.p.value)]
        return m


class Wire(wiring.Component):
    """Combinational. Timing: none."""

    i: In(1)
    o: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(self.i)
        return m


def test_sidecar_describes_every_port_of_the_module():
    text, sidecar = convert(Sample(), "sample")
    header = re.search(r"module sample\((.*?)\);", text)[1]
    assert {name.strip(" \\") for name in header.split(",")} == {p.name for p in sidecar.ports}
    assert sidecar.port("program") == Port("program", "input", 4)
    assert sidecar.port("flag") == Port("flag", "output", 3, signed=True)
    assert sidecar.port("i__ready").direction == "output"
    assert sidecar.port("lanes__1").width == 2
    assert sidecar.port("i__payload") == Port(
        "i__payload", "input", 6, fields=(Field("value", 0, 5, True), Field("last", 5, 1, False)))
    with pytest.raises(KeyError):
        sidecar.port("nothing")


def test_combinational_component_has_no_clock():
    assert [port.name for port in convert(Wire(), "wire_")[1].ports] == ["i", "o"]


def test_sidecar_survives_its_file(tmp_path):
    write(Sample(), "sample", tmp_path, {"step": 1})
    text, sidecar = convert(Sample(), "sample", {"step": 1})
    assert Sidecar.from_json((tmp_path / "sample.json").read_text()) == sidecar
    assert (tmp_path / "sample.v").read_text() == text
    assert sidecar.parameters == {"step": 1}
    assert sidecar.generator.startswith("amaranth 0.5")


def test_text_depends_on_the_design_alone():
    assert convert(Sample(), "sample") == convert(Sample(), "sample")
    assert convert(Sample(), "sample")[1].digest != convert(Sample(2), "sample")[1].digest


@pytest.mark.parametrize("other, name", [
    pytest.param(Sample(2), "sample", id="logic"), pytest.param(Sample(), "renamed", id="name"),
    pytest.param(Wire(), "sample", id="ports")])
def test_fingerprint_tells_designs_apart(other, name):
    assert fingerprint(Sample(), "sample") == fingerprint(Sample(), "sample")
    assert fingerprint(other, name) != fingerprint(Sample(), "sample")
