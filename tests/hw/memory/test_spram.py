"""Single-port RAM as memory: the primitive and the memory that behaves like it pass the same."""
import pytest

from hw.config import CoreConfig
from hw.memory.spram import SpramMemory
from sim.block_bench import run_block
from sw.contract.errors import SpikeplaneError


@pytest.mark.parametrize("primitive", [
    pytest.param(True, id="primitive"), pytest.param(False, id="behavioural")])
def test_spram(primitive):
    run_block("sim.bench.tb_memory_backend", {"kind": "spram", "primitive": primitive})


@pytest.mark.filterwarnings("ignore:.*created but never used")
@pytest.mark.parametrize("bits, size, message", [
    (32, 1 << 15, "memory_bits of the core must be 16, not 32"),
    (16, 5 << 15, "163840 bytes of memory are not 1 to 4 blocks of 32768 bytes"),
    (16, 1000, "1000 bytes of memory are not 1 to 4 blocks of 32768 bytes"),
], ids=["width", "too-large", "no-block"])
def test_refuses(bits, size, message):
    with pytest.raises(SpikeplaneError, match=message):
        SpramMemory(CoreConfig(memory_bits=bits), size)
