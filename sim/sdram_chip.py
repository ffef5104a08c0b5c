"""The SDRAM of ``sim/harness/sdram`` for Python, cycle by cycle, without a simulator."""
import ctypes
import functools
import subprocess
from pathlib import Path

from hw.memory.sdram_layouts import Command
from hw.memory.sdram_part import SdramPart
from sw.contract.cache import BUILD, digest, once
from sw.contract.errors import SpikeplaneError

from .sdram import BEHAVIOURAL, part_values
from .toolchain import find_compiler

__all__ = ["SdramChip", "SdramViolation"]


class SdramViolation(AssertionError):
    """The chip was given what its data sheet forbids."""


@functools.cache
def _library() -> ctypes.CDLL:
    compiler = find_compiler()
    sources = [path for path in BEHAVIOURAL if path.suffix in (".cpp", ".hpp")]

    def make(directory: Path) -> None:
        command = [compiler, "-std=c++20", "-O1", "-shared", "-fPIC", "-o", "sdram.so",
                   *(path for path in sources if path.suffix == ".cpp")]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
        if done.returncode:
            raise SpikeplaneError(f"C++ compiler failed: {done.stderr.strip().splitlines()[0]}")

    key = digest(compiler, *(path.read_bytes() for path in sources))
    library = ctypes.CDLL(str(once(BUILD / "sdram" / key, make) / "sdram.so"))
    library.sdram_new.restype = ctypes.c_void_p
    library.sdram_delete.argtypes = [ctypes.c_void_p]
    library.sdram_step.restype = ctypes.c_char_p
    library.sdram_step.argtypes = [
        ctypes.c_void_p, *[ctypes.c_int] * 5, ctypes.c_ubyte,
        ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_ubyte)]
    return library


class SdramChip:
    """One part, from power on.

    Parameters
    ----------
    clock
        In Hz; decides how many cycles the limits of the part are.
    """

    def __init__(self, part: SdramPart, clock: int):
        self._library = _library()
        values = list(part_values(part, clock).values())
        self._model = self._library.sdram_new((ctypes.c_int64 * len(values))(*values))
        self._data, self._drives = ctypes.c_int(), ctypes.c_ubyte()

    def __del__(self):
        self._library.sdram_delete(self._model)

    def step(self, command: Command = Command.NOP, bank: int = 0, address: int = 0, *,
             write: int | None = None, mask: int = 0, enabled: bool = True) -> int | None:
        """One clock edge.

        Parameters
        ----------
        write
            What the controller drives on the data pins; None if it does not.
        mask, enabled
            Pins DQM and CKE.

        Returns
        -------
        What the part drives from this edge to the next, None if it does not.

        Raises
        ------
        SdramViolation
            Names rule, cycle and bank.
        """
        message = self._library.sdram_step(
            self._model, enabled << 4 | 1 << 3 | Command(command).value, bank, address, mask,
            write or 0, write is not None, self._data, self._drives)
        if message:
            raise SdramViolation(message.decode())
        return self._data.value & 0xffffffff if self._drives.value else None
