"""Verilog of components under simulation, converted once per content."""
import dataclasses
from collections.abc import Callable
from pathlib import Path

from amaranth.lib import wiring

from hw import verilog
from hw.config import CoreConfig
from hw.verilog import Sidecar
from sw.contract.cache import BUILD, digest, once

__all__ = ["component_source", "core_source", "text_source"]

_ROOT = Path(__file__).resolve().parent.parent


def component_source(component: wiring.Component, name: str) -> tuple[Path, Sidecar]:
    """Verilog file and sidecar of any component; elaborated each time, converted once."""
    directory = once(BUILD / "verilog" / verilog.fingerprint(component, name),
                     lambda temporary: verilog.write(component, name, temporary))
    return _read(directory, name)


def core_source(config: CoreConfig) -> tuple[Path, Sidecar]:
    """Verilog file and sidecar of the core; a core changed in memory alone has to go through
    :func:`component_source`."""
    def make(temporary: Path) -> None:
        from hw.core.core import Core  # everything else here does without the core
        verilog.write(Core(config), "core", temporary, dataclasses.asdict(config))

    return text_source("core", make, config.digest, "hw/*.py", "hw/core/**/*.py")


def text_source(name: str, make: Callable[[Path], None], key: str, *patterns: str,
                ) -> tuple[Path, Sidecar]:
    """Verilog file and sidecar of a design whose elaboration takes many seconds.

    It is found by ``key`` and the text of the sources it is made from, the contract's and those
    that match ``patterns``; ``make(directory)`` writes it if it is not there.
    """
    paths = sorted({path for pattern in (*patterns, "sw/contract/*.py")
                    for path in _ROOT.glob(pattern)})
    key = digest(key, verilog.generator(),
                 *(part for path in paths for part in (str(path.relative_to(_ROOT)),
                                                       path.read_bytes())))
    return _read(once(BUILD / "verilog" / f"{name}-{key}", make), name)


def _read(directory: Path, name: str) -> tuple[Path, Sidecar]:
    sidecar = Sidecar.from_json((directory / f"{name}.json").read_text())
    return directory / f"{name}.v", sidecar
