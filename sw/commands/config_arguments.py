"""Options by which a verb takes a model configuration: a preset, a file, single fields."""
import dataclasses
import json
from pathlib import Path

from sw.contract.config import PRESETS, ModelConfig, preset
from sw.contract.errors import SpikeplaneError

__all__ = ["add_config_arguments", "config_from", "parse_fields"]


def add_config_arguments(parser):
    """``--preset NAME`` or ``--config FILE``, then ``--set FIELD=VALUE``."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--preset", help=f"model preset: {', '.join(PRESETS)} (default: digits)")
    source.add_argument("--config", type=Path, metavar="FILE",
                        help="JSON object of configuration fields, the others as by default")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="fields",
                        help="change a field, e.g. steps=2 or image=[3,16,24]; repeatable")


def config_from(args) -> ModelConfig:
    """The configuration that the options ask for."""
    if args.config is None:
        values = preset(args.preset or "digits").to_dict()
    else:
        values = ModelConfig().to_dict() | _read(args.config)
    return ModelConfig.from_dict(values | parse_fields(args.fields))


def parse_fields(texts: list[str]) -> dict:
    """Fields by name, of the texts ``FIELD=VALUE`` of ``--set``."""
    return dict(_parse_field(text) for text in texts)


def _read(path):
    try:
        values = json.loads(path.read_text())
    except OSError as error:
        raise SpikeplaneError(f"config {path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SpikeplaneError(f"config {path}: not JSON: {error}") from None
    if not isinstance(values, dict):
        raise SpikeplaneError(f"config {path}: must be a JSON object of configuration fields")
    return values


def _parse_field(text):
    name, equals, value = text.partition("=")
    known = [field.name for field in dataclasses.fields(ModelConfig)]
    if not equals or name not in known:
        raise SpikeplaneError(f"--set {text}: must be FIELD=VALUE with a field of "
                              f"{', '.join(known)}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # a bare word: stem=sps
