"""``spikeplane pretrain``: masked self-supervised pre-training of the network of a recipe."""
from sw.contract.errors import SpikeplaneError
from sw.files import write_bytes
from sw.recipe import read_recipe

from .train import add_recipe_argument, add_training_arguments, set_up

__all__ = ["add_arguments", "main"]

_SHOWN = 8
"""Images in the figure."""


def add_arguments(parser):
    add_recipe_argument(parser)
    add_training_arguments(parser)


def main(args):
    training = read_recipe(args.recipe)
    if training.pretrain is None:
        raise SpikeplaneError(f"recipe {args.recipe} has no section [pretrain]; write one, or "
                              "choose a recipe that has it")
    recipe = training.pretrain.changed(epochs=args.epochs, seed=args.seed)
    config = training.config
    # Late, so that the command line starts without torch.
    import torch

    from sw import data, train_parallel
    from sw.contract.graph import build_graph
    from sw.pretrain import MaskedAutoencoder, Reconstruction
    from sw.pretrain_figure import draw_reconstruction
    from sw.train import fit, pixel_statistics

    device = set_up(args)
    torch.manual_seed(recipe.seed)
    source = build_graph(config)[0]
    mean, std = pixel_statistics(data.load(recipe.dataset, "fit", args.data, source).images)
    model = MaskedAutoencoder(config, recipe, mean, std).to(device)
    header = {"kind": "pretrained", "preset": training.preset, "training": training.name,
              "config": config.to_dict()}
    kept = fit(model, recipe, args.out, header, data_directory=args.data, task=Reconstruction)
    if not train_parallel.first():
        return
    images = data.load(recipe.dataset, "test", args.data, source).images[:_SHOWN]
    figure = args.out / "reconstruction.png"
    write_bytes(figure, draw_reconstruction(
        model, images, f"{kept['test']:.1%} of the variance of masked patches is predicted"))
    print(f"{figure}: {len(images)} test images, masked and reconstructed")
