"""What the runner makes of tests that fail, hang, or do not exist."""
from pathlib import Path

import pytest

from sim.build import build_model
from sim.runner import SimulationFailure, default_seed, run
from sim.sources import component_source
from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError


@pytest.fixture(scope="module")
def model():
    from sim.bench.withdrawn import Withdrawn
    source, sidecar = component_source(Withdrawn(True), "withdrawn")
    return build_model("withdrawn", [source], [port.name for port in sidecar.ports])


PARAMETERS = {"SPIKEPLANE_PARAMETERS": '{"hold": true}'}


def test_passing_test_is_described(model):
    result, = run(model, "sim.bench.withdrawn", seed=3, test="payloads_arrive",
                  environment=PARAMETERS)
    assert result.name == "payloads_arrive" and result.failure is None
    assert result.nanoseconds > 200 and result.seconds > 0


def test_log_is_given_line_by_line(model):
    lines = []
    run(model, "sim.bench.withdrawn", seed=3, test="payloads_arrive", environment=PARAMETERS,
        line=lines.append)
    assert any("payloads_arrive passed" in line for line in lines)


def test_same_seed_same_simulation(model):
    times = [run(model, "sim.bench.withdrawn", seed=seed, test="payloads_arrive",
                 environment=PARAMETERS)[0].nanoseconds for seed in (1, 1, 2)]
    assert times[0] == times[1] != times[2]


def test_failure_is_one_line_with_seed_and_log(model):
    with pytest.raises(SimulationFailure) as failure:
        run(model, "sim.bench.withdrawn", seed=3, test="payloads_arrive")
    message = str(failure.value)
    assert "\n" not in message
    assert message.startswith("sim.bench.withdrawn on withdrawn, SEED=3: payloads_arrive: ")
    log = BUILD.parent / message.rpartition("; log: ")[2]
    assert "SPIKEPLANE_PARAMETERS" in log.read_text()
    assert "SPIKEPLANE_PARAMETERS" in failure.value.__notes__[0]


def test_simulation_that_hangs_is_ended(model):
    with pytest.raises(SimulationFailure, match="ended with status -9"):
        run(model, "sim.bench.withdrawn", seed=1, test="never_ends", environment=PARAMETERS,
            timeout=2.0)


@pytest.mark.parametrize("module, test", [
    pytest.param("sim.bench.withdrawn", "no_such_test", id="no-test"),
    pytest.param("sim.bench.no_such_bench", "", id="no-module"),
])
def test_nothing_run_is_a_failure(model, module, test):
    with pytest.raises(SimulationFailure, match=r"no test ran|ended with status"):
        run(model, module, seed=1, test=test, environment=PARAMETERS)


def test_seed_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("SEED", "77")
    assert default_seed() == 77
    monkeypatch.setenv("SEED", "")
    assert default_seed() == 1
    monkeypatch.setenv("SEED", "soon")
    with pytest.raises(SpikeplaneError, match="SEED must be a non-negative integer, not 'soon'"):
        default_seed()


def test_no_shared_python_library_is_one_sentence(model, monkeypatch):
    monkeypatch.setattr("find_libpython.find_libpython", lambda: None)
    with pytest.raises(SpikeplaneError, match=r"no shared library of .*; install one, e.g. `apt"):
        run(model, "sim.bench.withdrawn", seed=1)


def test_nothing_is_left_in_the_run_directory(model):
    before = set((BUILD / "runs").glob("withdrawn.*"))
    run(model, "sim.bench.withdrawn", seed=1, test="payloads_arrive", environment=PARAMETERS)
    left = {path for path in set((BUILD / "runs").glob("withdrawn.*")) - before if path.is_dir()}
    assert not left
    assert isinstance(model.executable, Path)
