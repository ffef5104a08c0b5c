"""Rows are laid out as they were written, and the link's program is sound."""
import pytest

from hw.link.microcode import MICROCODE, ROWS, Assembler, Condition, Count
from hw.link.program import link_program


def reachable(rows):
    """Rows that some sequence of conditions leads to from the first one."""
    seen, pending = set(), [0]
    while pending:
        here = pending.pop()
        if here in seen:
            continue
        seen.add(here)
        row = rows[here]
        always = row.get("ask", Condition.NEVER) == Condition.NEVER
        if row.get("dispatch"):
            assert always and row["unless"], "a dispatch depends on the byte read alone"
            pending += range(row["target"], row["target"] + 8)
        elif "target" in row:
            pending.append(row["target"])
        if not (always and row.get("unless")):
            pending.append(here + 1)
    return seen


def test_rows_lead_where_they_say():
    a = Assembler()
    a.label("start")
    a.row(count=Count.UP)
    a.row(when=Condition.ZERO, go="end", send=1)
    a.wait(Condition.SENT)
    a.row(unless=Condition.CARRY, go="start")
    a.label("end")
    a.row(go="start")
    assert a.assemble() == [
        {"count": Count.UP},
        {"ask": Condition.ZERO, "send": 1, "target": 4},
        {"ask": Condition.SENT, "unless": 1, "target": 2},
        {"ask": Condition.CARRY, "unless": 1, "target": 0},
        {"ask": Condition.NEVER, "unless": 1, "target": 0},
    ]


def test_dispatch_has_a_table_of_its_own():
    a = Assembler()
    for name in "ab":
        a.label(name)
        a.dispatch(list("abababab") if name == "a" else list("aaaabbbb"))
    rows = a.assemble()
    tables = [row["target"] for row in rows[:2]]
    assert tables == [8, 16]
    assert [[rows[table + k]["target"] for k in range(8)] for table in tables] == [
        [0, 1] * 4, [0] * 4 + [1] * 4]


def test_too_many_rows_are_refused():
    a = Assembler()
    a.label("start")
    for _ in range(ROWS):
        a.row()
    a.row(go="start")
    with pytest.raises(AssertionError, match=f"{ROWS + 1} rows"):
        a.assemble()


def test_program_fits():
    rows = link_program()
    assert len(rows) <= ROWS
    for row in rows:
        for name, value in row.items():
            assert 0 <= value < 1 << MICROCODE[name].width, (name, value)


def test_every_row_of_the_program_is_reachable():
    rows = link_program()
    unused = set(range(len(rows))) - reachable(rows)
    # Only what aligns the tables.
    assert all(not rows[here] for here in unused), sorted(unused)


def test_program_never_runs_over_its_end():
    rows = link_program()
    assert max(reachable(rows)) < len(rows)
