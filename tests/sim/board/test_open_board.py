"""Which board is simulated for a name."""
import argparse

import pytest
from amaranth import Module

from hw.boards import BOARDS
from hw.config import CORES
from sim.board.open_board import add_board_arguments, network_directory, simulation_of
from sim.board.top import SimulatedTop
from sw.contract.errors import SpikeplaneError

pytest.importorskip("amaranth_boards")


def simulation(*options):
    parser = argparse.ArgumentParser()
    add_board_arguments(parser)
    return simulation_of(parser.parse_args(options))


def test_core_and_memory_suit_the_network():
    got = simulation("--board", "sim")
    assert got.board is None and got.config.core == CORES["small"]
    assert got.config.memory_bytes == 1 << 18
    got = simulation("--board", "sim", "--net", "digits-w8")
    assert got.config.core == CORES["small-w8"] and got.config.memory_bytes == 1 << 19


@pytest.mark.parametrize("name", BOARDS)
def test_simulation_of_a_board_is_its_system(name):
    got = simulation("--board", f"sim-{name}")
    assert got.config.board == f"sim-{name}"
    assert got.config.core == got.board.core and got.config.clock == got.board.clock
    assert got.config.memory_bytes == got.board.memory_bytes
    assert got.config.clock // got.config.baud == 4
    # Built from the sources as they are: a commit must not change it.
    assert got.config.revision == ""


@pytest.mark.parametrize("name, kind", [
    ("icebreaker", "SpramMemory"), ("ulx3s", "Sdram"), ("tang_primer_20k", "BlockMemory")])
def test_memory_is_of_the_boards_kind(name, kind):
    got = simulation("--board", f"sim-{name}")
    memory = SimulatedTop(got.config, got.board)._memory(Module())
    assert type(memory).__name__ == kind


def test_network_is_the_boards_unless_one_is_given():
    def directory(*options):
        parser = argparse.ArgumentParser()
        add_board_arguments(parser)
        return network_directory(parser.parse_args(options)).name

    assert directory("--board", "sim") == directory() == "digits-w4"
    assert directory("--board", "icebreaker") == simulation("--board", "sim-icebreaker").board.net
    assert directory("--board", "icebreaker", "--net", "digits-w8") == "digits-w8"


def test_core_of_a_board_cannot_be_chosen():
    with pytest.raises(SpikeplaneError, match=r"^--core is for board sim alone: sim-ulx3s has the"):
        simulation("--board", "sim-ulx3s", "--core", "tiny")


def test_unknown_board_is_refused():
    with pytest.raises(SpikeplaneError, match=r"^unknown board 'nowhere'; choose one of ice"):
        simulation("--board", "sim-nowhere")
