"""``spikeplane evaluate``: accuracy of a trained network, at several numbers of time steps."""
from pathlib import Path

from sw import data
from sw.contract.errors import SpikeplaneError

from .tables import print_table
from .train import add_data_argument

__all__ = ["add_arguments", "main"]

_COLUMNS = {"network": "left", "T": "right", "right": "right", "images": "right",
            "accuracy": "right"}


def add_arguments(parser):
    parser.add_argument("--run", type=Path, required=True,
                        help="where `spikeplane train` or `quantize` left model.pt")
    parser.add_argument("--steps", type=int, nargs="+", metavar="T",
                        help="time steps (default: those of the network)")
    parser.add_argument("--weight-bits", type=int, nargs="*", default=[], choices=(2, 4, 8),
                        help="also a float network with weights rounded to so many bits, without "
                             "training")
    parser.add_argument("--split", default="test", choices=data.SPLITS,
                        help="part of the data set (default: test)")
    add_data_argument(parser)


def main(args):
    # Late, so that the command line starts without torch.
    from sw.evaluate import evaluate, load_network, rounded

    model, kept = load_network(args.run)
    if args.weight_bits and kept["kind"] != "float":
        raise SpikeplaneError("--weight-bits rounds a float network; this one is quantized")
    test = data.load(kept["recipe"]["dataset"], args.split, args.data, model.graph[0])
    steps = args.steps or [model.config.steps]
    if min(steps) < 1:
        raise SpikeplaneError(f"--steps must be at least 1, not {min(steps)}")
    networks = [(kept["kind"], model)] + [(f"rounded to W{bits}", rounded(model, bits))
                                          for bits in args.weight_bits]
    scores = [score for name, network in networks
              for score in evaluate(network, test, steps, name)]
    print_table(_COLUMNS, [[score.network, score.steps, score.right, score.images,
                            f"{score.accuracy:.2%}"] for score in scores])
