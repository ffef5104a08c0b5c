"""The whole-core bench, checked with a stand-in that echoes what it reads."""
import numpy as np
import pytest

from hw.config import CoreConfig
from sim.core_bench import ExternalMemory, Run, simulate
from sim.harness.echo import Echo
from sim.runner import SimulationFailure
from sw.contract.errors import SpikeplaneError

WORDS = 40
CONFIG = CoreConfig(memory_bits=32)


def echo(memory, runs, config=CONFIG, **options):
    return simulate(config, memory, runs, core=Echo(config, WORDS), **options)


def random_memory(seed=7, size=4096):
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8).tobytes()


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("external", [
    pytest.param(ExternalMemory(), id="steady"),
    pytest.param(ExternalMemory(latency=3, jitter=9, interval=2, stall=0.4), id="stalling"),
])
def test_logs_hold_what_was_read(bits, external):
    config = CoreConfig(memory_bits=bits)
    memory = random_memory()
    runs = [Run(0), Run(512), Run(64)]
    got = echo(memory, runs, config, external=external, seed=5)
    words = np.concatenate(
        [np.frombuffer(memory, f"<u{bits // 8}", WORDS, run.program) for run in runs])
    labels = np.tile(np.arange(WORDS), 3)
    index = np.repeat(np.arange(3), WORDS)
    np.testing.assert_array_equal(got.taps["address"], labels)
    np.testing.assert_array_equal(got.taps["run"], index)
    np.testing.assert_array_equal(got.taps["kind"], words & 1)
    np.testing.assert_array_equal(
        got.taps["data"][:, :8].copy().view("<u8")[:, 0], words)
    assert not got.taps["data"][:, 8:].any()
    assert (got.taps["enable"] == (1 << config.subs) - 1).all()
    np.testing.assert_array_equal(got.results["label"], labels)
    np.testing.assert_array_equal(got.results["value"], words.astype(np.uint64).astype(np.int32))
    assert got.records["words"].tolist() == [WORDS] * 3
