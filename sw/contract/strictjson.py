"""JSON as the artefact uses it: what the standard parser tolerates or explodes on is refused."""
import json

from .errors import SpikeplaneError

__all__ = ["parse", "shown", "take"]


def parse(text: bytes, where: str) -> object:
    """Parse UTF-8 JSON; refuse duplicate keys, NaN and infinity, and nesting beyond the parser.

    ``where`` opens the message, e.g. ``"manifest.json"``.
    """
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_object,
                          parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise SpikeplaneError(f"{where}: not UTF-8 text at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise SpikeplaneError(f"{where}: not JSON: {error.msg} at line {error.lineno} "
                              f"column {error.colno}") from None
    except RecursionError:
        raise SpikeplaneError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise SpikeplaneError(f"{where}: {str(error).splitlines()[0][:120]}") from None


def shown(value: object) -> str:
    """``repr`` cut to fit a one-line message."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def take(values: dict, field: str, kind: type, where: str) -> object:
    """``values[field]``, which must be present and of type ``kind`` exactly (true is no int)."""
    if field not in values:
        raise SpikeplaneError(f"{where}: field {field!r} is missing")
    if type(values[field]) is not kind:
        raise SpikeplaneError(f"{where}: field {field!r} must be {_NAMES[kind]}, "
                              f"not {shown(values[field])}")
    return values[field]


_NAMES = {str: "a string", int: "an integer", dict: "an object", list: "a list"}


def _object(pairs):
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {shown(twice)} appears twice")
    return values


def _constant(name):
    raise ValueError(f"{name} is not allowed")
