"""Tables of text: alignment, and gaps that keep 80 columns where they can."""
from hw.commands.text_table import text_table


def test_first_column_is_left_and_others_right():
    assert text_table(["a", "long"], [["bcd", "1"], ["e", "23"]]) == (
        "a    long\n─────────\nbcd     1\ne      23")


def test_gaps_are_narrow_when_only_that_fits_a_terminal():
    cells = ["x" * 11] * 7  # 77 characters and six gaps
    assert text_table(cells, []).splitlines()[0] == " ".join(cells)
    cells = ["x" * 10] * 6
    assert text_table(cells, []).splitlines()[0] == "  ".join(cells)
