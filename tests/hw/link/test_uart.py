"""Clock cycles per bit."""
import pytest

from hw.link.uart import uart_divisor
from sw.contract.errors import SpikeplaneError


@pytest.mark.parametrize("clock, baud, divisor", [
    (12_000_000, 1_000_000, 12), (24_000_000, 115_200, 208), (18_000_000, 4_500_000, 4),
    (50_000_000, 3_000_000, 17)])
def test_divisor(clock, baud, divisor):
    assert uart_divisor(clock, baud) == divisor


@pytest.mark.parametrize("clock, baud, message", [
    (12_000_000, 4_000_000, "4000000 baud needs a clock of at least 16000000 Hz, not 12000000 Hz"),
    (18_000_000, 4_000_000, "a clock of 18000000 Hz makes 4500000 baud instead of 4000000"),
], ids=["too-fast", "too-far-off"])
def test_refuses(clock, baud, message):
    with pytest.raises(SpikeplaneError, match=message):
        uart_divisor(clock, baud)
