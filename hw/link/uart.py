"""What both halves of the UART share."""
from sw.contract.errors import SpikeplaneError

__all__ = ["uart_divisor"]

_TOLERANCE = 0.02
"""Ten bits after the start edge the sampling point may be off by half a bit; both ends share it."""


def uart_divisor(clock: int, baud: int) -> int:
    """Clock cycles per bit, at least 4; refused if that misses ``baud`` by more than 2 %."""
    divisor = round(clock / baud)
    if divisor < 4:
        raise SpikeplaneError(
            f"UART: {baud} baud needs a clock of at least {4 * baud} Hz, not {clock} Hz; choose a "
            f"lower baud rate")
    actual = clock / divisor
    if abs(actual / baud - 1) > _TOLERANCE:
        raise SpikeplaneError(
            f"UART: a clock of {clock} Hz makes {actual:.0f} baud instead of {baud}, which is more "
            f"than 2 % off; choose another baud rate or clock")
    return divisor
