"""Chains of ECP5 carry cells."""
from amaranth import *

__all__ = ["ADD", "ADD_INVERTED", "STOP", "STOP_INVERTED", "carry_chain"]

# Tables of half a cell: the entry of inputs A, B, C, D is bit A + 2 B + 4 C + 8 D. A half's sum is
# its entry xor the carry in. Its carry out is the carry in if the entry is 1, and otherwise the
# entry of (A, B, 0, 0).

ADD = sum(((a & b) ^ (c & d)) << (a + 2 * b + 4 * c + 8 * d)
          for a in (0, 1) for b in (0, 1) for c in (0, 1) for d in (0, 1))
"""Adds A & B and C & D: where these are equal, each is the carry out."""
ADD_INVERTED = ADD ^ 0xFFFF
"""The sum of ADD inverted; the carry out means nothing."""
STOP = 0x0000
"""The sum is the carry in, the carry out is 0 whatever comes in."""
STOP_INVERTED = 0xFFFF
"""The sum is the inverted carry in, the carry out means nothing."""


def carry_chain(m: Module, halves: list[tuple[int, tuple, Value]]) -> None:
    """Add ``CCU2C`` cells to ``m``, chained from the first half to the last.

    A half is (table, inputs A to D, sum); missing inputs are 0. The carry into the first is 0.
    """
    if len(halves) % 2:
        halves = [*halves, (STOP, (), Signal(name="unused"))]
    carry = C(0, 1)
    for k in range(0, len(halves), 2):
        carry_out = Signal(name=f"carry_{k // 2}")
        ports = {"i_CIN": carry, "o_COUT": carry_out}
        for half, (table, inputs, output) in enumerate(halves[k:k + 2]):
            ports |= {f"p_INIT{half}": C(table, 16), f"p_INJECT1_{half}": "NO",
                      f"o_S{half}": output}
            ports |= {f"i_{name}{half}": inputs[i] if i < len(inputs) else C(0, 1)
                      for i, name in enumerate("ABCD")}
        m.submodules[f"cell_{k // 2}"] = Instance("CCU2C", **ports)
        carry = carry_out
