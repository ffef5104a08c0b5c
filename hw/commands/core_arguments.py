"""Options by which a verb takes a core configuration: a preset or a file, single fields."""
import dataclasses
from pathlib import Path

from sw.contract.errors import SpikeplaneError
from sw.contract.storage import read_file
from sw.contract.strictjson import parse

from ..config import CORES, CoreConfig, core

__all__ = ["add_core_arguments", "core_from"]

_LIMIT = 1 << 16


def add_core_arguments(parser, *, default: str | None = "small") -> None:
    """``--core NAME|FILE.json``, then ``--set FIELD=VALUE``; without a default, the board's core is
    meant."""
    parser.add_argument("--core", default=default, metavar="NAME|FILE",
                        help=f"core preset ({', '.join(CORES)}) or a .json file with every field "
                        f"of a core configuration (default: {default or 'that of the board'})")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="fields",
                        help="change a field of the core, e.g. lanes=2; repeatable")


def core_from(args, own: CoreConfig | None = None) -> CoreConfig:
    """The configuration that the options ask for; ``own`` is the board's."""
    if args.core is None:
        config = own
    else:
        config = _read(Path(args.core)) if args.core.endswith(".json") else core(args.core)
    changes = dict(_parse_field(text) for text in args.fields)
    return CoreConfig.from_dict(config.to_dict() | changes)


def _read(path: Path) -> CoreConfig:
    text = read_file(path, _LIMIT)
    try:
        return CoreConfig.from_dict(parse(text, path.name))
    except SpikeplaneError as error:
        raise SpikeplaneError(f"core {path}: {error}") from None


def _parse_field(text: str) -> tuple[str, int | bool]:
    name, _, value = text.partition("=")
    known = [field.name for field in dataclasses.fields(CoreConfig)]
    flags = {"true": True, "false": False}
    if name not in known or not (value.isdecimal() or value in flags):
        raise SpikeplaneError(f"--set {text}: must be FIELD=VALUE with an integer, true or false, "
                              f"and a field of {', '.join(known)}")
    return name, flags[value] if value in flags else int(value)
