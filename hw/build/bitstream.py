"""The directory of a bitstream: what to flash, and what it is."""
import dataclasses
import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sw.contract.errors import SpikeplaneError
from sw.contract.storage import read_file, write_directory
from sw.contract.strictjson import parse, shown

from ..boards.board import Board
from ..system.config import SystemConfig
from .failure import explain
from .flow import StepFailure, execute
from .plan import Plan
from .report import Report, read_report
from .tools import versions

__all__ = ["BITSTREAMS", "MANIFEST", "REPORT_FILE", "Build", "directory_of", "load_manifest",
           "product_bytes", "run_build", "save_bitstream", "save_project"]

BITSTREAMS = Path(__file__).resolve().parents[2] / "bitstreams"
MANIFEST, REPORT_FILE, FIGURE = "manifest.json", "report.json", "placement.png"
SCHEMA = "spikeplane-bitstream"
_LIMIT = 1 << 26
_COMPRESSED = {".fs"}
"""Bitstreams that are text, and are kept compressed; openFPGALoader reads them like that."""


@dataclass(frozen=True)
class Build:
    """A finished build.

    Parameters
    ----------
    seed
        Of place and route.
    directory
        With everything that the tools wrote.
    plan
        What it was made from.
    report
        What place and route found.
    """
    board: Board
    seed: int
    directory: Path
    plan: Plan
    report: Report

    @property
    def bitstream(self) -> bytes:
        """What the packer wrote."""
        return (self.directory / self.board.family.product).read_bytes()


def run_build(board: Board, plan: Plan, seed: int, **options) -> Build:
    """Run a plan; what does not fit is refused in one sentence. ``options`` are those of
    :func:`.flow.execute`."""
    try:
        directory = execute(plan, **options)
    except StepFailure as failure:
        raise explain(board, failure) from None
    return Build(board, seed, directory, plan, read_report(board, directory))


def directory_of(network: str, board: str) -> Path:
    """Where the bitstream of a board for a network is kept."""
    return BITSTREAMS / f"{network}-{board}"


def save_bitstream(build: Build, system: SystemConfig, network: dict, components: dict,
                   figure: bytes, directory: Path) -> None:
    """Write bitstream, manifest, report and figure, all or nothing.

    ``network`` is what the manifest says about the network it was checked with, ``components`` what
    the report says about the size of each.
    """
    content = build.bitstream
    suffix = Path(build.board.family.product).suffix
    name, stored = f"{build.board.name}{suffix}", content
    if suffix in _COMPRESSED:
        name, stored = f"{name}.gz", gzip.compress(content, mtime=0)
    manifest = _manifest(build.board, build.plan, system, network) | {
        "file": name, "sha256": hashlib.sha256(content).hexdigest(), "seed": build.seed}
    report = build.report.to_dict() | {"components": components}
    _write(directory, manifest, {name: stored, FIGURE: figure, REPORT_FILE: _json(report)})


def save_project(board: Board, plan: Plan, system: SystemConfig, network: dict,
                 directory: Path) -> None:
    """Write the archive of a project that the vendor's tool builds, and a manifest that says so."""
    name, file = f"{board.name}.zip", io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(plan.files):
            # Without the time of writing.
            archive.writestr(zipfile.ZipInfo(member), plan.files[member],
                             zipfile.ZIP_DEFLATED)
    content = file.getvalue()
    _write(directory, _manifest(board, plan, system, network) | {
        "file": name, "sha256": hashlib.sha256(content).hexdigest(),
        "built": f"not here: {board.family.vendor_tool} makes the bitstream of this project",
    }, {name: content})


def _manifest(board: Board, plan: Plan, system: SystemConfig, network: dict) -> dict:
    return {
        "schema": SCHEMA, "schema_version": 1, "board": board.name, "title": board.title,
        "revision": system.revision, "plan": plan.digest,
        "tools": versions(command[0] for command in plan.commands),
        "system": dataclasses.asdict(system), "core_digest": system.core.digest,
        "array": board.array, "network": network}


def _write(directory: Path, manifest: dict, files: dict[str, bytes]) -> None:
    write_directory(directory, files | {MANIFEST: _json(manifest)}, replaces=_is_bitstream,
                    what="a bitstream")


def _json(values: dict) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode()


def load_manifest(directory: Path) -> dict:
    """The manifest of a bitstream, whose file is there and is what the manifest says."""
    if not directory.is_dir():
        raise SpikeplaneError(f"{_shown(directory)}: no bitstream is there; build it, e.g. "
                              "`make bitstream BOARD=...`")
    manifest = parse(read_file(directory / MANIFEST, _LIMIT), MANIFEST)
    if type(manifest) is not dict or manifest.get("schema") != SCHEMA:
        raise SpikeplaneError(f"{_shown(directory)}: {MANIFEST} is not that of a bitstream; build "
                              "it again, e.g. `make bitstream BOARD=...`")
    have = hashlib.sha256(product_bytes(directory, manifest)).hexdigest()
    if have != manifest["sha256"]:
        raise SpikeplaneError(
            f"{_shown(directory)}: {manifest['file']} has SHA-256 {have[:16]}..., and the manifest "
            f"says {shown(manifest['sha256'][:16])}...; restore it from git, or build it again")
    return manifest


def product_bytes(directory: Path, manifest: dict) -> bytes:
    """The bitstream as the packer wrote it."""
    name = manifest["file"]
    content = read_file(directory / Path(name).name, _LIMIT)
    return gzip.decompress(content) if name.endswith(".gz") else content


def _is_bitstream(directory: Path) -> bool:
    try:
        return parse(read_file(directory / MANIFEST, _LIMIT), MANIFEST).get("schema") == SCHEMA
    except (SpikeplaneError, AttributeError):
        return False


def _shown(directory: Path) -> str:
    return (str(directory.relative_to(BITSTREAMS.parent))
            if directory.is_relative_to(BITSTREAMS.parent) else str(directory))
