"""A whole network on the core: equal, counted, and honest when something differs."""
import dataclasses

import numpy as np
import pytest

from sim import network_bench
from sim.core_bench import ExternalMemory
from sim.network_bench import Counters, NetworkBench
from sim.runner import SimulationFailure
from sim.small import SMALL_CORE, small_artefact
from sim.waves import Window
from sw import golden


@pytest.fixture(scope="module")
def bench():
    return NetworkBench(small_artefact(), SMALL_CORE, seed=1)


@pytest.fixture(scope="module")
def images():
    return small_artefact().vectors["image"]


def test_every_layer_is_equal_and_compared(bench, images):
    run = bench.run(images)
    expected = golden.run(bench.artefact, images)
    assert run.comparison.differences == 0
    assert {layer.name: layer.compared for layer in run.comparison.layers} == {
        name: array.size for name, array in expected.items()}
    np.testing.assert_array_equal(run.logits, expected["head"])
    assert run.runs == 3  # two images at once, five in all


def test_layers_account_for_the_cycles(bench, images):
    run = bench.run(images)
    total = sum(part.cycles for part in run.counters.values())
    # Between commands the core fetches the next one; the first is fetched from idle.
    assert 0.9 * run.cycles < total < run.cycles
    for part in run.counters.values():
        assert min(dataclasses.astuple(part)) >= 0 and part.other >= 0
        assert abs(part.predicted - part.cycles) <= 0.02 * part.cycles


def test_core_counts_its_spikes(bench, images):
    run = bench.run(images[:4])
    expected = golden.run(bench.artefact, images[:4])
    for name, part in run.counters.items():
        if part.spikes:
            assert part.spikes == expected[name].sum()
    assert sum(part.spikes > 0 for part in run.counters.values()) >= 10


def test_chunks_and_jobs_change_nothing(bench, images):
    whole, parts = bench.run(images, jobs=1), bench.run(images, jobs=2, chunk=1)
    assert whole.comparison == parts.comparison
    np.testing.assert_array_equal(whole.logits, parts.logits)
    assert whole.runs == parts.runs


def test_progress_counts_images(bench, images):
    done = []
    bench.run(images, jobs=1, chunk=1, progress=done.append)
    assert done == [2, 4, 5]


def test_stalls_change_cycles_alone(images):
    rough = NetworkBench(small_artefact(), SMALL_CORE, seed=1,
                         external=ExternalMemory(latency=9, jitter=9, interval=2, stall=0.3))
    run = rough.run(images[:2])
    assert run.comparison.differences == 0
    assert sum(part.stall for part in run.counters.values()) > 0


@pytest.mark.parametrize("name", ["stem.0.down", "block.0.fc2", "head"])
def test_difference_is_found_where_it_begins(bench, images, name, monkeypatch):
    run = golden.run

    def other(artefact, pixels):
        layers = {layer: array.copy() for layer, array in run(artefact, pixels).items()}
        where = (3, *[-1] * (layers[name].ndim - 1))
        layers[name][where] = 1 - layers[name][where]
        return layers

    monkeypatch.setattr(network_bench.golden, "run", other)
    comparison = bench.run(images, jobs=1).comparison
    first = comparison.first
    assert comparison.differences == 1
    assert (first.layer, first.image, first.got) == (name, 3, 1 - first.expected)
    assert 0 < first.cycle < bench.run(images, jobs=1).cycles


def test_waveform_of_an_image(bench, images, tmp_path):
    bench.trace(images, 4, Window(tmp_path / "waves.vcd", 100, 120))
    assert "$scope module core" in (tmp_path / "waves.vcd").read_text()


def test_core_that_ends_early_is_a_failure(bench, images, monkeypatch):
    simulate = network_bench.simulate

    def shortened(*args, **options):
        got = simulate(*args, **options)
        return dataclasses.replace(got, records=got.records[:-1])

    monkeypatch.setattr(network_bench, "simulate", shortened)
    with pytest.raises(SimulationFailure, match=r"run 0 executed \d+ commands, not \d+"):
        bench.run(images[:1])


def test_counters_add_up():
    one = Counters(cycles=10, compute=4, stall=3, attention=1)
    assert one.other == 2
    assert (one + one).cycles == 20 and (one + one).other == 4
