"""The description of a board."""
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sw.contract.version import version

from ..config import CoreConfig
from ..memory.sdram_part import SdramPart
from ..system.config import SystemConfig
from .family import Family
from .pll import Setting

__all__ = ["Board", "Loader", "Memory"]


class Memory(Enum):
    """Where programs, weights and images lie."""
    #: Block RAM of the FPGA.
    BLOCK = "block RAM"
    #: The single-port RAMs of an iCE40 UltraPlus.
    SPRAM = "SPRAM"
    #: A synchronous DRAM chip.
    SDRAM = "SDRAM"


@dataclass(frozen=True, kw_only=True)
class Loader:
    """How openFPGALoader reaches a board.

    Parameters
    ----------
    options
        That choose the board or its cable, e.g. ``("--board", "ulx3s")``.
    usb
        Vendor and product of its USB bridge, e.g. ``"0403:6015"``.
    volatile
        Whether the FPGA can be loaded without writing the flash.
    """
    options: tuple[str, ...]
    usb: str
    volatile: bool = True


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board: FPGA, clock, memory, core, pins. Adding one is writing such a description.

    Parameters
    ----------
    name
        Of the file in ``hw/boards``, and of the board on the command line.
    title
        As people call it, with its FPGA.
    platform
        Makes the ``amaranth_boards`` platform, anew for each build.
    family
        Of its FPGA.
    oscillator
        Frequency that comes in at the platform's default clock, Hz.
    clock
        Frequency of the design, Hz; the family's PLL must reach it exactly.
    baud
        Of the UART, symbols per second.
    core
        The core that the board is built with unless another one is asked for.
    array
        Form of the synapse array, see :class:`hw.core.synapse_array.SynapseArray`.
    memory, memory_bytes
        Kind and size of the memory behind the core.
    sdram
        The chip, if that is the memory.
    net
        Artefact that the board is shipped with.
    leds
        For ``alive``, ``busy`` and ``error``: resource name, number, and where it has parts, part.
    button
        Resource name and number of the button that resets, if there is one.
    loader
        How it is flashed; ``None`` if it is not built here.

    Raises
    ------
    SpikeplaneError
        The PLL cannot make this clock.
    """
    name: str
    title: str
    platform: Callable
    family: Family
    oscillator: int
    clock: int
    baud: int
    core: CoreConfig
    array: str
    memory: Memory
    memory_bytes: int
    net: str
    leds: dict[str, tuple]
    sdram: SdramPart | None = None
    button: tuple[str, int] | None = None
    loader: Loader | None = None

    def __post_init__(self):
        # Refused here, before anything is made with it.
        self.family.pll.solve(self.oscillator, self.clock)

    @property
    def setting(self) -> Setting:
        """Of the PLL."""
        return self.family.pll.solve(self.oscillator, self.clock)

    @property
    def cells(self) -> dict[str, int]:
        """Cells of its FPGA, by the family's names of resources."""
        platform = self.platform()
        return self.family.devices[getattr(platform, "device", None) or platform.family]

    def system(self, revision: str) -> SystemConfig:
        """What is built for the board from the sources of a git revision."""
        return SystemConfig(core=self.core, board=self.name, clock=self.clock, baud=self.baud,
                            memory_bytes=self.memory_bytes, version=version(), revision=revision)
