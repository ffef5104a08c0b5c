"""How Yosys makes a netlist of a family's cells, and the models it has of them."""
from dataclasses import dataclass, replace

from ..boards.family import Family

__all__ = ["Technology", "find_technology"]


@dataclass(frozen=True, kw_only=True)
class Technology:
    """Synthesis for one family of FPGAs.

    Parameters
    ----------
    synthesis
        Command of Yosys, as the family's builds use it, without the name of the top.
    models
        Files of Yosys, in its share directory, that say what the family's cells do.
    memory
        Cell among these that is simulated as the model is written: Yosys itself would take its
        writes, bit by bit, apart.
    table
        Cell that computes a table of its inputs, and the parameter that holds the table.
    """
    synthesis: str
    models: tuple[str, ...]
    table: tuple[str, str]
    memory: str = ""


_TECHNOLOGIES = {
    "iCE40": Technology(
        synthesis="synth_ice40", models=("ice40/cells_sim.v",), table=("SB_LUT4", "LUT_INIT"),
        memory="SB_RAM40_4K"),
    "ECP5": Technology(
        synthesis="synth_ecp5", models=("lattice/common_sim.vh", "lattice/ccu2c_sim.vh"),
        table=("LUT4", "INIT")),
    # Pins are the board's: the core has none of its own.
    "GW2A": Technology(
        synthesis="synth_gowin -noiopads", models=("gowin/cells_sim.v",),
        table=("LUT4", "INIT")),
}


def find_technology(family: Family) -> Technology | None:
    """The technology of a family with the options of its builds; None if no open tool knows it."""
    known = _TECHNOLOGIES.get(family.name)
    if known is None:
        return None
    options = family.overrides.get("synth_opts", "")
    return replace(known, synthesis=f"{known.synthesis} {options}".strip())
