"""Forms of the dot products behind :class:`hw.core.synapse_array.SynapseArray`."""
from functools import partial

from sw.contract.errors import SpikeplaneError

from .adders import AdderArray
from .carry_adds import CarryAdds
from .carry_gated_adds import CarryGatedAdds
from .popcount import PopcountArray

__all__ = ["ARRAYS", "find"]

ARRAYS = {
    "popcount": PopcountArray,
    "adders": AdderArray,
    "carry": partial(AdderArray, gated_adds=CarryGatedAdds, adds=CarryAdds),
}
"""Forms by name: for simulators, for any FPGA, and for ECP5. Each is made from a core's
configuration; all have the ports of :func:`.form.form_members`, and the same integers on them."""


def find(name: str):
    """The form called ``name``; an unknown name is refused with the list of known ones."""
    if name not in ARRAYS:
        raise SpikeplaneError(
            f"synapse array: no form {name!r}; choose one of {', '.join(ARRAYS)}")
    return ARRAYS[name]
