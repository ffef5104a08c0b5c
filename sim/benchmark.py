"""``spikeplane bench``: speed of the simulation, and of the core, on a network of CIFAR size."""
import time
from pathlib import Path

from hw.config import core
from sw.contract.artefact import load, save
from sw.contract.cache import BUILD
from sw.contract.config import preset
from sw.contract.errors import SpikeplaneError
from sw.random_network import random_artefact

from .network_bench import NetworkBench
from .report import Report, artefact_digest
from .runner import default_seed

__all__ = ["add_arguments", "main"]

_SEED = 1  # of the weights: the network is the same for everybody


def add_arguments(parser) -> None:
    parser.add_argument("--preset", default="cifar-v1-2-256",
                        help="network with random weights (default: cifar-v1-2-256)")
    parser.add_argument("--core", default="medium", help="core preset (default: medium)")
    parser.add_argument("--images", type=int, default=2,
                        help="images, simulated side by side (default: 2)")


def main(args) -> int:
    """Print the table and verified operations per second; 1 if a spike differs."""
    if args.images < 1:
        raise SpikeplaneError(f"--images must be at least 1, not {args.images}")
    directory = _network(args.preset, args.images)
    artefact, config = load(directory), core(args.core)
    bench = NetworkBench(artefact, config, seed=default_seed())
    print(f"{artefact.name}: {args.images} images on core {args.core} ({config.sops} synaptic "
          "operations per cycle)")
    bench.build()
    begin = time.perf_counter()
    run = bench.run(artefact.vectors["image"], chunk=1)
    report = Report.of_run(bench, run, artefact_digest=artefact_digest(directory), correct=None,
                           seconds=time.perf_counter() - begin)
    report.print()
    print(f"utilisation of the array: {report.utilisation:.1%}")
    print(report.summary)
    return int(report.differences > 0)


def _network(name: str, images: int) -> Path:
    """The random network of a preset; calibrating it takes a minute or two, so it is kept."""
    config = preset(name)
    directory = BUILD / "bench" / f"{name}-{images}"
    if not (directory / "manifest.json").exists():
        print(f"making {name} with random weights ...", flush=True)
        directory.parent.mkdir(parents=True, exist_ok=True)
        save(random_artefact(config, _SEED, images, name), directory)
    return directory
