"""What boards with FPGAs of one family have in common."""
from collections.abc import Callable
from dataclasses import dataclass, field

from .pll import Pll

__all__ = ["Family"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """An FPGA family: its PLL and how its tools are driven and read.

    Parameters
    ----------
    name
        As its maker writes it.
    pll
        Limits of its PLL.
    clock_generator
        ``clock_generator(setting, source, clock, locked)``: the instance of the PLL that turns the
        signal ``source`` into the signal ``clock`` and raises ``locked``. For boards with SDRAM it
        takes ``late`` and ``degrees``, too: a second clock, and by how much it is late.
    on_pad
        The PLL takes the oscillator's pad itself, not the signal behind an input buffer.
    product
        The bitstream's file name, for a design called ``top``; empty if the open tools make none.
    placement
        File in which place and route writes where each cell lies, as a JSON netlist.
    overrides
        Options of the tools, as ``platform.build`` takes them.
    synthesis
        Yosys commands after the design was read.
    frequency_option
        Whether the clock constraint goes to place and route as an option, because the file of
        constraints has none.
    vendor_tool
        What builds its bitstreams where the open tools do not.
    devices
        Cells of its FPGAs, by the name that platforms give them; as place and route reports them.
    resources
        What is counted, by the name that place and route gives it in its report.
    """
    name: str
    pll: Pll
    clock_generator: Callable
    on_pad: bool = False
    product: str = ""
    placement: str = "placed.json"
    overrides: dict[str, str] = field(default_factory=dict)
    synthesis: str = ""
    frequency_option: bool = False
    vendor_tool: str = ""
    devices: dict[str, dict[str, int]] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
