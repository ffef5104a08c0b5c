"""Builds the bench around a core, and knows the shape of its logs."""
from pathlib import Path

import numpy as np

from hw.config import CoreConfig
from hw.verilog import Field, Port, Sidecar

from .build import Model, build_model
from .cells import models
from .sources import core_source

__all__ = ["LOGS", "build_core", "log_fields", "log_type"]

_HARNESS = Path(__file__).resolve().parent / "harness"

LOGS = {"taps": "tap", "results": "results__payload", "records": "records__payload"}
"""Name of each log, and the port whose fields it holds."""


def build_core(config: CoreConfig, core: tuple[Path, Sidecar] | None = None, *, waves: bool = False,
               ) -> tuple[Model, Sidecar]:
    """Build the bench around the core, or around Verilog of another module with its ports."""
    source, sidecar = core or core_source(config)
    tap = sidecar.port("tap")
    parameters = {
        "MEMORY_BITS": config.memory_bits,
        "REQUEST_BITS": sidecar.port("request__payload").width,
        "RESULT_BITS": sidecar.port("results__payload").width,
        "RECORD_BITS": sidecar.port("records__payload").width,
        "TAP_BITS": tap.width,
        "TAP_VALID": next(field.offset for field in tap.fields if field.name == "valid"),
    }
    sources = [path for path in sorted(_HARNESS.iterdir())
               if path.suffix in (".sv", ".cpp", ".hpp")]
    model = build_model(
        "bench", [source, *models(source), *sources],
        ["events", "started", "cycle", "finished"], waves=waves,
        arguments=[f"-G{name}={value}" for name, value in parameters.items()])
    return model, sidecar


def log_fields(port: Port) -> list[tuple[Field, int]]:
    """Fields of a logged port with their bytes in the log; ``valid`` is implied."""
    return [(field, _bytes(field.width)) for field in port.fields if field.name != "valid"]


def log_type(port: Port) -> np.dtype:
    """A log's record: cycle, run, then the fields; those above 64 bits are arrays of bytes."""
    kinds: list = [("cycle", "<u8"), ("run", "<u4")]
    for field, size in log_fields(port):
        kinds.append((field.name, f"<{'i' if field.signed else 'u'}{size}") if size <= 8 else
                     (field.name, "u1", (size,)))
    return np.dtype(kinds)


def _bytes(width: int) -> int:
    whole = (width + 7) // 8
    return next((size for size in (1, 2, 4, 8) if whole <= size), whole)
