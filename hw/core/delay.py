"""A value as it was some cycles ago."""
from amaranth import *

__all__ = ["delayed"]


def delayed(m: Module, value, cycles: int):
    """``value`` of so many cycles ago, through a register for each; zero at first."""
    for _ in range(cycles):
        register = Signal.like(value)
        m.d.sync += register.eq(value)
        value = register
    return value
