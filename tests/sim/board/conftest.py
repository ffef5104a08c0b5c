"""One simulated board for all tests that need one: what is slow is building it."""
import pytest

from sim.board.simulated_target import SimulatedTarget


@pytest.fixture(scope="session")
def simulation():
    """What :class:`sim.board.simulated.SimulatedBoard` takes: a small core, 256 KiB."""
    return SimulatedTarget.simulation()


@pytest.fixture(scope="session")
def running(simulation):
    """The board, running; reset it before use."""
    from sim.board.simulated import SimulatedBoard
    with SimulatedBoard(simulation) as board:
        yield board
