"""``spikeplane train``: train the real-valued network of a preset."""
from pathlib import Path

from sw.contract.config import preset
from sw.contract.errors import SpikeplaneError

__all__ = ["add_arguments", "add_training_arguments", "main", "set_threads"]


def add_training_arguments(parser):
    """Options that float and quantization-aware training share."""
    parser.add_argument("--epochs", type=int, help="length, instead of the recipe's")
    parser.add_argument("--seed", type=int, help="seed, instead of the recipe's")
    parser.add_argument("--threads", type=int, default=1,
                        help="CPU threads; a result is repeatable for one number of them")
    parser.add_argument("--out", type=Path, required=True,
                        help="directory of checkpoint.pt, from which an interrupted training goes "
                             "on, and of model.pt, the result")


def set_threads(count: int) -> None:
    """Let torch use ``count`` CPU threads."""
    import torch

    if count < 1:
        raise SpikeplaneError(f"--threads must be at least 1, not {count}")
    torch.set_num_threads(count)


def add_arguments(parser):
    parser.add_argument("--preset", default="digits", help="model preset")
    add_training_arguments(parser)


def main(args):
    config = preset(args.preset)
    # Late, so that the command line starts without torch.
    import torch

    from sw import data
    from sw.model import Spikformer
    from sw.train import fit, pixel_statistics, recipe_for

    recipe = recipe_for(args.preset, "float", epochs=args.epochs, seed=args.seed)
    set_threads(args.threads)
    torch.manual_seed(recipe.seed)
    mean, std = pixel_statistics(data.load(recipe.dataset, "fit").images)
    header = {"kind": "float", "preset": args.preset, "config": config.to_dict()}
    fit(Spikformer(config, mean, std), recipe, args.out, header)
