"""The core's own counters against the golden model."""
import numpy as np
import pytest

from hw.compiler.cycles import predict
from hw.compiler.memory_model import Timing
from hw.compiler.planes import count_planes
from hw.core.layouts import Opcode
from sim.core_bench import Run, simulate
from sim.matrix import CASES, CORES, MEMORIES
from sim.network_bench import NetworkBench
from sw import golden
from sw.random_network import random_artefact, random_images

CASE = CASES[0]


@pytest.fixture(scope="module")
def counted():
    """(program, images, expected layers, records) of one full run."""
    artefact = random_artefact(CASE.model, CASE.seed)
    bench = NetworkBench(artefact, CORES[CASE.core], external=MEMORIES[CASE.memory], seed=1)
    program = bench.program
    images = random_images(np.random.default_rng(1), CASE.model, program.images)
    run = simulate(program.config, program.memory, [Run(program.entry, (
        (program.image_address, program.image_bytes(images)),))], seed=1)
    return program, images, golden.run(artefact, images), run.records


def test_spikes_are_the_golden_models(counted):
    program, _, expected, records = counted
    spiking = [(command, record) for command, record in zip(program.commands, records, strict=True)
               if command.neurons]
    assert len(spiking) >= 10
    for command, record in spiking:
        assert record["spikes"] == expected[command.neurons].sum(), command.neurons


def test_words_are_computed_or_skipped(counted):
    program, _, _, records = counted
    linear = [(command.fields, record)
              for command, record in zip(program.commands, records, strict=True)
              if command.opcode == Opcode.CONV
              and command.fields["taps_y"] == command.fields["taps_x"] == 0]
    assert any(record["skipped"] for _, record in linear)
    for fields, record in linear:
        pixels = fields["rows"] * fields["columns"]
        words = fields["passes"] * fields["groups"] * pixels * fields["planes"]
        assert record["compute"] + record["skipped"] == words


def test_causes_are_as_predicted(counted):
    program, images, expected, records = counted
    predictions = predict(program, count_planes(program, expected, images), Timing(16, 1))
    for command, record, prediction in zip(program.commands, records, predictions, strict=True):
        assert record["cycles"] == prediction.cycles, command.layer
        if command.opcode == Opcode.CONV:
            assert record["stall"] == prediction.stall, command.layer


def test_records_tell_order_and_time(counted):
    program, _, _, records = counted
    assert records["index"].tolist() == list(range(len(program.commands)))
    assert records["opcode"].tolist() == [command.opcode.value for command in program.commands]
    ends = records["begin"] + records["cycles"]
    assert (records["begin"][1:] > ends[:-1]).all()
    busy = records["compute"].astype(int) + records["stall"]
    assert (busy <= records["cycles"]).all()
