"""``spikeplane export``: write an artefact of a trained network, of a random one, or of another
artefact at another T."""
import dataclasses
from pathlib import Path

from sw.artefact_table import write_table
from sw.contract.artefact import find, load, save
from sw.contract.errors import SpikeplaneError
from sw.golden import at_steps, with_vectors

from .config_arguments import add_config_arguments, config_from, parse_fields

__all__ = ["add_arguments", "main"]


def add_arguments(parser):
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--run", type=Path, metavar="DIR",
                        help="where `spikeplane quantize` left a trained network")
    source.add_argument("--random", type=int, metavar="SEED",
                        help="random weights, every layer firing at 5 to 50 %%")
    source.add_argument("--net", help="an artefact, by name or directory, for other time steps: "
                        "with --set steps=T")
    add_config_arguments(parser)
    parser.add_argument("--images", type=int, default=2, help="known answers to keep (default: 2)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of the data set of "
                        "a trained network, if it is one that is downloaded")
    parser.add_argument("--steps", type=int, nargs="+", metavar="T", help="time steps at which "
                        "accuracies are measured besides those of the network")
    parser.add_argument("--name", help="name of the network (default: that of the directory)")
    parser.add_argument("--table", type=Path, metavar="FILE",
                        help="also write a markdown table of all trained artefacts beside --out")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="the artefact; an artefact that is there already is replaced")


def main(args):
    if args.images < 1:
        raise SpikeplaneError(f"--images must be at least 1, not {args.images}")
    name = args.name or args.out.resolve().name
    if args.random is not None:
        artefact = _random(args, name)
    elif args.net is not None:
        artefact = _other_steps(args, name)
    elif args.preset or args.config or args.fields:
        raise SpikeplaneError("--preset, --config and --set go with --random; "
                              "a trained network has its configuration")
    else:
        # Late, so that a random network needs no torch.
        from sw.export import export_checkpoint
        artefact = export_checkpoint(args.run, name, args.images, args.data, args.steps)
    save(artefact, args.out)
    if args.table:
        write_table(args.out.resolve().parent, args.table)
    weights = sum(array.size for array in artefact.tensors.values())
    print(f"{args.out}: {name}, {len(artefact.graph)} layers, {weights} parameters, "
          f"{args.images} known answers")


def _random(args, name):
    from sw.random_network import random_artefact
    if args.random < 0:
        raise SpikeplaneError(f"--random must be a seed of at least 0, not {args.random}")
    return random_artefact(config_from(args), args.random, args.images, name)


def _other_steps(args, name):
    artefact = load(find(args.net))
    fields = parse_fields(args.fields)
    if args.preset or args.config or list(fields) != ["steps"]:
        raise SpikeplaneError("--net takes a network as it is but for its time steps; give "
                              "--set steps=T and no other field")
    images = artefact.vectors["image"]
    if args.images > len(images):
        raise SpikeplaneError(f"--images {args.images}: artefact {artefact.name} has "
                              f"{len(images)} images to keep")
    other = dataclasses.replace(at_steps(artefact, fields["steps"]), name=name)
    return with_vectors(other, images[:args.images])
