"""Verilog of components under simulation, converted once per content."""
import dataclasses
from pathlib import Path

from amaranth.lib import wiring

from hw import verilog
from hw.config import CoreConfig
from hw.verilog import Sidecar
from sw.contract.cache import BUILD, digest, once

__all__ = ["component_source", "core_source"]

_ROOT = Path(__file__).resolve().parent.parent


def component_source(component: wiring.Component, name: str) -> tuple[Path, Sidecar]:
    """Verilog file and sidecar of any component; elaborated each time, converted once."""
    directory = once(BUILD / "verilog" / verilog.fingerprint(component, name),
                     lambda temporary: verilog.write(component, name, temporary))
    return _read(directory, name)


def core_source(config: CoreConfig) -> tuple[Path, Sidecar]:
    """Verilog file and sidecar of the core.

    Elaborating a large core takes many seconds, so it is found by the text of the sources it is
    made from; a core changed in memory alone has to go through :func:`component_source`.
    """
    paths = sorted([*_ROOT.glob("hw/*.py"), *_ROOT.glob("hw/core/**/*.py"),
                    *_ROOT.glob("sw/contract/*.py")])
    key = digest(config.digest, verilog.generator(),
                 *(part for path in paths for part in (str(path.relative_to(_ROOT)),
                                                       path.read_bytes())))

    def make(temporary: Path) -> None:
        from hw.core.core import Core  # everything else here does without the core
        verilog.write(Core(config), "core", temporary, dataclasses.asdict(config))

    return _read(once(BUILD / "verilog" / f"core-{key}", make), "core")


def _read(directory: Path, name: str) -> tuple[Path, Sidecar]:
    sidecar = Sidecar.from_json((directory / f"{name}.json").read_text())
    return directory / f"{name}.v", sidecar
