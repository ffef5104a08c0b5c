"""The whole-core bench, checked with a stand-in that echoes what it reads."""
import numpy as np
import pytest

from hw.config import CoreConfig
from sim.core_bench import ExternalMemory, Run, simulate
from sim.harness.echo import Echo
from sim.runner import SimulationFailure
from sim.sources import component_source
from sim.waves import Window, write_save_file
from sw.contract.errors import SpikeplaneError

WORDS = 40
CONFIG = CoreConfig(memory_bits=32)
SLOW = ExternalMemory(latency=3, jitter=9, interval=2, stall=0.4)


def echo(memory, runs, config=CONFIG, **options):
    return simulate(config, memory, runs, core=component_source(Echo(config, WORDS), "core"),
                    **options)


def random_memory(seed=7, size=4096):
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8).tobytes()


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("external", [
    pytest.param(ExternalMemory(), id="steady"),
    pytest.param(SLOW, id="stalling"),
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
    for log in (got.taps, got.results):
        np.testing.assert_array_equal(log["run"], index)
        assert (np.diff(log["cycle"].astype(np.int64)) > 0).all()
    np.testing.assert_array_equal(got.taps["address"], labels)
    np.testing.assert_array_equal(got.taps["kind"], words & 1)
    np.testing.assert_array_equal(
        got.taps["data"][:, :8].copy().view("<u8")[:, 0], words)
    assert not got.taps["data"][:, 8:].any()
    assert (got.taps["enable"] == (1 << config.subs) - 1).all()
    np.testing.assert_array_equal(got.results["label"], labels)
    np.testing.assert_array_equal(got.results["value"], words.astype(np.uint64).astype(np.int32))
    assert got.records["words"].tolist() == [WORDS] * 3


@pytest.mark.parametrize("latency", [1, 2, 30])
@pytest.mark.parametrize("interval", [1, 3])
def test_cycles_are_those_of_the_memory(latency, interval):
    got = echo(random_memory(), [Run(0)],
               external=ExternalMemory(latency=latency, interval=interval))
    # The core asks in its first busy cycle, which is the second after the bench has decided.
    accepted = got.spans[0, 0] + 2
    expected = accepted + latency + interval * np.arange(WORDS)
    np.testing.assert_array_equal(got.taps["cycle"], expected)


def test_host_writes_before_each_run():
    memory = bytes(4096)
    parts = [np.full(WORDS, value, "<u4").tobytes() for value in (3, 9)]
    got = echo(memory, [Run(256, ((256, parts[0]),)), Run(256, ((256, parts[1]), (0, b"x"))),
                        Run(256)])
    np.testing.assert_array_equal(got.results["value"], np.repeat([3, 9, 9], WORDS))


def test_spans_enclose_what_happened():
    got = echo(random_memory(), [Run(0), Run(0)])
    for run, (begin, end) in enumerate(got.spans):
        cycles = got.taps["cycle"][got.taps["run"] == run]
        assert begin < cycles.min() and cycles.max() < end <= got.cycles
    assert got.spans[0, 1] <= got.spans[1, 0]


def test_no_runs_is_no_work():
    got = echo(bytes(64), [])
    assert not len(got.taps) and got.spans.shape == (0, 2)


def test_seed_decides_the_stalls():
    cycles = [echo(random_memory(), [Run(0)], external=SLOW, seed=seed).cycles
              for seed in (1, 1, 2)]
    assert cycles[0] == cycles[1] != cycles[2]


def test_stalls_hold_back_every_stream():
    free, held = (echo(random_memory(), [Run(0)] * 4, seed=1,
                       external=ExternalMemory(stall=stall)).cycles for stall in (0.0, 0.8))
    assert held > 4 * free


@pytest.mark.parametrize("program, options, message", [
    pytest.param(4000, {}, "it requested 40 memory words at byte address 4000, misaligned, empty "
                           "or beyond the memory, at cycle", id="beyond-memory"),
    pytest.param(2, {}, "it requested 40 memory words at byte address 2,", id="misaligned"),
    pytest.param(0, {"timeout": 20}, "the timeout was reached, at cycle 20, run 0, after 0 comman",
                 id="timeout"),
    pytest.param(0, {"watchdog": 50, "external": ExternalMemory(latency=500)},
                 "nothing moved on any port any more, at cycle", id="stuck"),
])
def test_failed_run_says_why(program, options, message):
    with pytest.raises(SimulationFailure) as error:
        echo(bytes(4096), [Run(program)], seed=3, **options)
    assert str(error.value).startswith(f"core simulation, SEED=3: {message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("fields, message", [
    ({"latency": 0}, "latency must be an integer of at least 1, not 0"),
    ({"jitter": -1}, "jitter must be an integer of at least 0, not -1"),
    ({"interval": 1.5}, "interval must be an integer of at least 1, not 1.5"),
    ({"stall": 1.0}, "stall must be at least 0 and below 1, not 1.0"),
])
def test_impossible_memory_is_refused(fields, message):
    with pytest.raises(SpikeplaneError, match=f"^external memory: {message}$"):
        ExternalMemory(**fields)


def test_write_beyond_the_memory_is_refused():
    with pytest.raises(SpikeplaneError, match="run 1 writes 4 bytes at 0x3e, beyond the memory"):
        echo(bytes(64), [Run(0), Run(0, ((62, b"abcd"),))])


def test_waveform_is_a_window_and_the_marker_points_into_it(tmp_path):
    got = echo(random_memory(), [Run(0)])
    cycle = int(got.taps["cycle"][7])
    path = tmp_path / "waves.vcd"
    echo(random_memory(), [Run(0)], waves=Window(path, cycle - 3, cycle + 2))
    marker = next(int(line.split()[1]) for line in
                  write_save_file(path, cycle).read_text().splitlines() if line.startswith("*"))
    header, _, changes = path.read_text().partition("$enddefinitions")
    code = next(line.split()[3] for line in header.splitlines() if " cycle [63:0]" in line)
    time, cycles = 0, {}
    for line in changes.splitlines():
        if line.startswith("#"):
            time = int(line[1:])
        elif line.endswith(f" {code}"):
            cycles[time] = int(line.split()[0][1:], 2)
    # The value that the clock edge at the marker meets is the one set by the edge before.
    assert cycles[marker - 10] == cycle
    assert min(cycles.values()) == cycle - 3 and max(cycles.values()) == cycle + 2
