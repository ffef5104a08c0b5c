"""A board under Verilator behind a pty: to a host there is no difference to a real one."""
import dataclasses
import os
import socket
import subprocess
import tempfile
import tty
from dataclasses import dataclass
from pathlib import Path

from hw.boards.board import Memory
from hw.config import CoreConfig
from hw.system.config import SystemConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.version import version

from ..build import Model, build_model
from ..sdram import BEHAVIOURAL
from .source import board_source

__all__ = ["BAUD", "SimulatedBoard", "Simulation", "fast", "simulated_config"]

_MAIN = Path(__file__).with_name("main.cpp")
BAUD = 19_200
"""Symbols per second of real time, at least, on the wire of a simulated board."""
_CYCLES_PER_BIT = 4
"""The shortest that the hardware allows: uploads take as few cycles as they can."""
_GAP_CYCLES = 10_000
"""Pause that drops a frame. Time is slow here: to the host it is about 30 ms."""


def simulated_config(core: CoreConfig, memory_bytes: int) -> SystemConfig:
    """System of a board that exists in simulation only."""
    return fast(SystemConfig(core=core, board="sim", clock=1_000_000, baud=9600,
                             memory_bytes=memory_bytes, version=version(), revision=""), "sim")


def fast(config: SystemConfig, name: str) -> SystemConfig:
    """The system under another name, with a link that fits the speed of a simulation.

    It is made from the sources as they are: it has no revision, and needs no new build after a
    commit that changes none of them.
    """
    return dataclasses.replace(config, board=name, revision="", gap=_GAP_CYCLES / config.clock,
                               baud=config.clock // _CYCLES_PER_BIT)


@dataclass(frozen=True)
class Simulation:
    """What is simulated.

    Parameters
    ----------
    config
        With a link as of :func:`fast`.
    board
        The :class:`hw.boards.board.Board` whose memory is simulated, too; None for block RAM.
    """
    config: SystemConfig
    board: object = None

    def build(self) -> Model:
        """Build it, or find it built."""
        source, _ = board_source(self.config, self.board)
        sources = [source, _MAIN]
        if self.board is not None and self.board.memory is Memory.SDRAM:
            sources += BEHAVIOURAL
        return build_model("board", sources, [])


class SimulatedBoard:
    """A running simulation; a context manager. It ends with this process, however that ends.

    While nothing is to do it takes no processor time.

    Members
    -------
    path : str
        Of the pty: what :class:`sw.host.port.Port` opens.
    """

    def __init__(self, simulation: Simulation):
        model, config = simulation.build(), simulation.config
        self._output = tempfile.TemporaryFile()
        ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self._control, control = socket.socketpair()
        os.set_blocking(ours, False)
        arguments = (config.clock, config.baud, 2 * _GAP_CYCLES, ours, control.fileno())
        self._process = subprocess.Popen(
            [model.executable, *map(str, arguments)], pass_fds=(ours, control.fileno()),
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT)
        control.close()
        os.close(ours)  # a pty whose simulation ended tells its host so

    def __enter__(self) -> "SimulatedBoard":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def reset(self) -> None:
        """Press the reset button, and release it."""
        try:
            self._control.sendall(b"r")
            done = self._control.recv(1)
        except OSError:
            done = b""
        if not done:
            self._process.wait()
            self._check()

    def wait(self) -> None:
        """Until the simulation ends, which it does only if something is wrong."""
        self._process.wait()
        self._check()

    def close(self) -> None:
        """End the simulation."""
        self._control.close()
        self._process.wait()
        os.close(self._theirs)
        self._output.close()

    def _check(self) -> None:
        """Refuse to go on with a simulation that has ended; it says why if it could."""
        if (status := self._process.poll()) is not None:
            self._output.seek(0)
            said = self._output.read().decode(errors="replace").strip().splitlines()
            reason = said[0] if said else "something ended it"
            raise SpikeplaneError(f"the simulated board ended with status {status}: {reason}")
