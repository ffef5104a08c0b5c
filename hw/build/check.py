"""Whether the sources still give a bitstream that is committed, bit for bit."""
import hashlib
from dataclasses import replace
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from ..boards import find_board
from ..boards.top import Top
from ..config import CoreConfig
from ..system.config import SystemConfig
from .bitstream import load_manifest, run_build
from .plan import make_plan
from .tools import versions

__all__ = ["check_bitstream"]


def check_bitstream(directory: Path, builds: Path) -> str:
    """Build a bitstream again in the empty directory ``builds`` and compare; returns what to say.

    Refused if another bitstream comes out, or one cannot be expected to: other tools, or sources
    that no longer generate the same design.
    """
    manifest = load_manifest(directory)
    name = directory.name
    values = manifest["system"]
    system = SystemConfig(**values | {"core": CoreConfig.from_dict(values["core"])})
    board = replace(find_board(manifest["board"]), core=system.core, clock=system.clock,
                    baud=system.baud, memory_bytes=system.memory_bytes)
    plan = make_plan(board, Top(board, system), manifest["seed"])
    used = versions(command[0] for command in plan.commands)
    for package, version in manifest["tools"].items():
        if used.get(package) != version:
            raise SpikeplaneError(
                f"{name} was built with {package} {version}, here is {used.get(package)}; install "
                f"that version to compare, e.g. pip install {package}=={version}")
    if plan.digest != manifest["plan"]:
        raise SpikeplaneError(
            f"{name} was built from revision {manifest['revision']}, and the sources now generate "
            "another design; build it again, or check out that revision to compare")
    built = run_build(board, plan, manifest["seed"], builds=builds)
    have = hashlib.sha256(built.bitstream).hexdigest()
    if have != manifest["sha256"]:
        raise SpikeplaneError(f"{name}: building again gives SHA-256 {have}, and the manifest has "
                              f"{manifest['sha256']}; the build is not reproducible")
    return (f"{name}: built again from revision {manifest['revision']} with seed "
            f"{manifest['seed']}: the same SHA-256 {have}")
