import pytest

from sw.contract.errors import SpikeplaneError
from sw.contract.strictjson import parse, shown, take


def test_plain_json_passes():
    assert parse(b'{"a": [1, -2.5, null, "\xc3\xa4"]}', "f") == {"a": [1, -2.5, None, "ä"]}


@pytest.mark.parametrize("text, message", [
    (b"", "f: not JSON: Expecting value at line 1 column 1"),
    (b"{\n \"a\": }", "f: not JSON: Expecting value at line 2 column 7"),
    (b'{"a": \xff}', "f: not UTF-8 text at byte 6"),
    (b'{"a": NaN}', "f: NaN is not allowed"),
    (b"[-Infinity]", "f: -Infinity is not allowed"),
    (b'{"a": 1, "b": {"c": 1, "c": 2}}', "f: key 'c' appears twice"),
    (b"[" * 100_000, "f: nested too deeply"),
    (b'{"a":' * 100_000, "f: nested too deeply"),
    (b"1" * 10_000, "f: Exceeds the limit"),
], ids=["empty", "cut", "bytes", "nan", "infinity", "twice", "lists", "objects", "digits"])
def test_the_rest_is_refused_in_one_line(text, message):
    with pytest.raises(SpikeplaneError) as caught:
        parse(text, "f")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_shown_is_one_short_line():
    assert shown("a\nb\ud800") == r"'a\nb\ud800'"
    assert len(shown("x" * 1000)) == 60


@pytest.mark.parametrize("value, kind, need", [
    (True, int, "an integer, not True"), (1.0, int, "an integer, not 1.0"),
    (None, str, "a string, not None"), ([], dict, r"an object, not \[\]"),
    ({}, list, "a list, not {}"),
], ids=["bool", "float", "null", "list", "object"])
def test_take_wants_the_exact_type(value, kind, need):
    with pytest.raises(SpikeplaneError, match=f"f: field 'a' must be {need}"):
        take({"a": value}, "a", kind, "f")


def test_take_wants_the_field():
    assert take({"a": 3}, "a", int, "f") == 3
    with pytest.raises(SpikeplaneError, match="f: field 'b' is missing"):
        take({"a": 3}, "b", int, "f")
