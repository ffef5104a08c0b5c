"""Bits are on the line for exactly their time."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("divisor", [4, 9])
def test_uart_transmitter(divisor):
    run_block("sim.bench.tb_uart_transmitter", {"divisor": divisor})
