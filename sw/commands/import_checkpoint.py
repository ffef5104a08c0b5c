"""``spikeplane import``: a published Spikformer V1 checkpoint as a trained float network."""
import dataclasses
from pathlib import Path

from sw import data
from sw.contract.errors import SpikeplaneError

from .config_arguments import add_config_arguments, config_from
from .train import add_data_argument

__all__ = ["add_arguments", "main"]


def add_arguments(parser):
    parser.add_argument("checkpoint", type=Path, help="file of torch.save")
    parser.add_argument("--entry", help="entry of the file that holds the weights, e.g. "
                                        "state_dict_ema (default: state_dict, model, or the file)")
    add_config_arguments(parser)
    parser.add_argument("--heads", type=int, required=True,
                        help="attention heads; a checkpoint does not tell")
    parser.add_argument("--mean", type=float, nargs="+", metavar="M", default=[],
                        help="of the pixels in training, per channel, white being 1 "
                             "(default: pixels entered as they are)")
    parser.add_argument("--std", type=float, nargs="+", metavar="S", default=[],
                        help="standard deviation, likewise")
    parser.add_argument("--dataset", required=True, choices=data.DATASETS,
                        help="what it was trained on; its test images show that heads and "
                             "normalisation are right")
    add_data_argument(parser)
    parser.add_argument("--out", type=Path, required=True, help="directory of model.pt")


def main(args):
    # Late, so that the command line starts without torch.
    from sw.import_checkpoint import import_checkpoint
    from sw.train import accuracy
    from sw.train_checkpoint import make_directory, write

    config = dataclasses.replace(config_from(args), heads=args.heads)
    if bool(args.mean) != bool(args.std):
        raise SpikeplaneError("--mean and --std go together; give both or neither")
    white = (1 << config.image_bits) - 1
    channels = config.image[0]
    model, dead = import_checkpoint(
        args.checkpoint, config, entry=args.entry,
        mean=[white * value for value in args.mean] or [0.0] * channels,
        std=[white * value for value in args.std] or [1.0] * channels)
    test = data.load(args.dataset, "test", args.data, model.graph[0])
    score = accuracy(model, test)
    make_directory(args.out)
    header = {"kind": "float", "preset": args.preset, "training": None,
              "config": model.config.to_dict(),
              "recipe": {"dataset": args.dataset, "imported": args.checkpoint.name}}
    write(args.out / "model.pt", header,
          {"epoch": 0, "validation": None, "seconds": 0.0, "test": score,
           "model": model.state_dict()})
    if dead:
        print(f"{len(dead)} keys that the network does not compute with: {', '.join(dead)}")
    print(f"{args.out}: {sum(p.numel() for p in model.parameters()):,} parameters, "
          f"{score:.2%} of {len(test)} test images")
