"""``spikeplane compile``: an artefact and a core in; program, memory image and cycles out."""
import json
from pathlib import Path

import numpy as np

from sw.contract import manifest as manifests
from sw.contract.artefact import find, load
from sw.contract.errors import SpikeplaneError
from sw.contract.storage import read_file, write_directory
from sw.contract.strictjson import parse

from .core_arguments import add_core_arguments, core_from
from .text_table import text_table

__all__ = ["MEMORY_FILE", "add_arguments", "main"]

MEMORY_FILE = "memory.bin"
_LIMIT = 1 << 28


def add_arguments(parser) -> None:
    parser.add_argument("--net", default="digits-w4", help="artefact: a name under artefacts/ or "
                        "a directory (default: digits-w4)")
    add_core_arguments(parser)
    parser.add_argument("--latency", type=int, default=16,
                        help="of external memory, cycles (default: 16)")
    parser.add_argument("--interval", type=int, default=1,
                        help="cycles per memory word (default: 1)")
    parser.add_argument("--clock", type=float, default=80.0, metavar="MHZ",
                        help="clock frequency that images per second are given for (default: 80)")
    parser.add_argument("--worst-case", action="store_true",
                        help="predict for activations without any all-zero plane, instead of for "
                        "the first known answers of the artefact")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="for program.json and memory.bin; a program that is there already is "
                        "replaced")


def main(args) -> None:
    """Compile, write both files, print the table."""
    _check(args)
    config = core_from(args)
    directory = find(args.net)
    artefact = load(directory)
    digest = json.loads((directory / manifests.FILE).read_text())["digest"]
    listing = _compile(artefact, digest, config, args)
    content = json.dumps(listing.to_dict(), indent=1) + "\n"
    write_directory(args.out, {"program.json": content.encode(),
                               MEMORY_FILE: listing.program.memory},
                    replaces=_is_program, what="a compiled program")
    _print(listing, args)


def _check(args) -> None:
    for name in ("latency", "interval"):
        if getattr(args, name) < 1:
            raise SpikeplaneError(f"--{name} must be at least 1, not {getattr(args, name)}")
    if not 0 < args.clock < float("inf"):
        raise SpikeplaneError(f"--clock must be a frequency in MHz, not {args.clock}")


def _compile(artefact, digest: str, config, args):
    # Late: Amaranth is slow to load, and `--help` does without.
    from ..compiler import compile_network
    from ..compiler.cycles import predict
    from ..compiler.listing import Listing
    from ..compiler.memory_model import Timing
    from ..compiler.planes import PlaneCounts, count_planes
    program = compile_network(artefact, config)
    timing = Timing(args.latency, args.interval)
    counts = PlaneCounts()
    if not args.worst_case:
        # Known answers fill the lanes of one run, again and again if they are few.
        which = np.arange(program.images) % len(artefact.vectors["image"])
        layers = {name: array[which] for name, array in artefact.vectors.items()}
        counts = count_planes(program, layers, layers["image"])
    return Listing(network=artefact.name, artefact_digest=digest, program=program,
                   predictions=predict(program, counts, timing), timing=timing,
                   planes="all" if args.worst_case else "known answers")


def _is_program(directory: Path) -> bool:
    from ..compiler.listing import FILE, SCHEMA
    if {path.name for path in directory.iterdir()} - {FILE, MEMORY_FILE}:
        return False
    try:
        return parse(read_file(directory / FILE, _LIMIT), FILE).get("schema") == SCHEMA
    except (SpikeplaneError, AttributeError):
        return False


def _print(listing, args) -> None:
    program, config = listing.program, listing.program.config
    print(f"{listing.network} on a core of {config.sops} synaptic operations per cycle, "
          f"{program.images} image{'s' * (program.images > 1)} of {program.steps} "
          f"step{'s' * (program.steps > 1)} at once\n")
    rows = [_row(listing, command, prediction) for command, prediction in
            zip(program.commands, listing.predictions, strict=True)]
    print(text_table(["layer", "command", "shape", "cycles", "stall", "share", "util"], rows))
    used = listing.utilisation(listing.operations, listing.cycles)
    rate = args.clock * 1e6 * program.images / listing.cycles
    sizes = ", ".join(f"{name} {size:,}" for name, (_, size) in listing.regions.items())
    print(f"\n{listing.cycles:,} cycles per run, utilisation {used:.0%}; at {args.clock:g} MHz "
          f"{rate:,.1f} images/s\n"
          f"predicted with {_PLANES[listing.planes]}, memory latency {args.latency}, "
          f"interval {args.interval}\n"
          f"memory: {len(program.memory):,} bytes; {sizes}\n"
          f"words on chip: spikes {program.spike_words} of {config.spike_words}, sums "
          f"{listing.psum_words} of {config.psum_words}, masks {program.mask_words} of "
          f"{config.mask_words}\n"
          f"program: {args.out}")


_PLANES = {"all": "every plane counted", "known answers": "the first known answers"}


def _row(listing, command, prediction) -> list[str]:
    from ..compiler.listing import what
    node = next(node for node in listing.program.graph if node.name == command.layer)
    shape = list(node.shape)
    if command.neurons and "rows" in command.fields:  # a band of the layer
        shape[1] = command.fields["rows"]
    operations = listing.operations_of(command)
    return [command.neurons or command.layer, what(command), "x".join(map(str, shape)),
            str(prediction.cycles), str(prediction.stall or ""),
            f"{prediction.cycles / listing.cycles:.1%}",
            f"{listing.utilisation(operations, prediction.cycles):.0%}" if operations else ""]
