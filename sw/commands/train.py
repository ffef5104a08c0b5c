"""``spikeplane train``: train the real-valued network of a recipe."""
from pathlib import Path

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import build_graph
from sw.recipe import read_recipe

__all__ = ["add_arguments", "add_data_argument", "add_recipe_argument", "add_training_arguments",
           "main", "set_up"]


def add_data_argument(parser):
    """Where data sets are."""
    parser.add_argument("--data", type=Path, metavar="DIR",
                        help="directory of the data set, if it is one that is downloaded")


def add_training_arguments(parser):
    """Options that float and quantization-aware training share."""
    parser.add_argument("--epochs", type=int, help="length, instead of the recipe's")
    parser.add_argument("--seed", type=int, help="seed, instead of the recipe's")
    parser.add_argument("--threads", type=int, default=1,
                        help="CPU threads; a result is repeatable for one number of them")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    add_data_argument(parser)
    parser.add_argument("--out", type=Path, required=True,
                        help="directory of checkpoint.pt, from which an interrupted training goes "
                             "on, and of model.pt, the result")


def set_up(args):
    """Let torch use the threads of the arguments, and join the other processes if there are any;
    returns the device of this one."""
    import torch

    from sw import train_parallel

    if args.threads < 1:
        raise SpikeplaneError(f"--threads must be at least 1, not {args.threads}")
    torch.set_num_threads(args.threads)
    try:
        device = torch.empty(0, device=args.device).device
    except (RuntimeError, AssertionError):
        raise SpikeplaneError(f"--device {args.device} is not there; use cpu, or a torch that is "
                              "built for it") from None
    return train_parallel.start(device)


def add_recipe_argument(parser):
    """Which recipe."""
    parser.add_argument("--recipe", default="digits",
                        help="a name in sw/recipes or a .toml file (default: digits)")


def add_arguments(parser):
    add_recipe_argument(parser)
    parser.add_argument("--start", type=Path, metavar="DIR",
                        help="where `spikeplane pretrain` or an earlier `spikeplane train` left "
                             "the network to start from")
    add_training_arguments(parser)


def main(args):
    training = read_recipe(args.recipe)
    recipe = training.float.changed(epochs=args.epochs, seed=args.seed)
    config = training.config
    # Late, so that the command line starts without torch.
    import torch

    from sw import data
    from sw.model import Spikformer
    from sw.train import fit, pixel_statistics
    from sw.train_start import load_start

    device = set_up(args)
    torch.manual_seed(recipe.seed)
    split = data.load(recipe.dataset, "fit", args.data, build_graph(config)[0])
    if len(split.classes) != config.classes:
        raise SpikeplaneError(f"data set {recipe.dataset!r} has {len(split.classes)} classes, the "
                              f"network {config.classes}; set classes in section [network] of the "
                              "recipe")
    mean, std = pixel_statistics(split.images)
    header = {"kind": "float", "preset": training.preset, "training": training.name,
              "config": config.to_dict()}
    model = Spikformer(config, mean, std)
    header["started"] = load_start(model, args.start) if args.start else None
    fit(model.to(device), recipe, args.out, header, data_directory=args.data)
