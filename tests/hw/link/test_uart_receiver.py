"""Bytes arrive whole, or broken ones are known."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("divisor", [4, 9, 24])
def test_uart_receiver(divisor):
    run_block("sim.bench.tb_uart_receiver", {"divisor": divisor})
