"""The checksum is that of zlib."""
from sim.block_bench import run_block


def test_serial_crc():
    run_block("sim.bench.tb_serial_crc")
