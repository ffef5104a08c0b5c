"""``spikeplane sim``: the generated accelerator against the golden model, spike for spike."""
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from hw.compiler import compile_network
from hw.config import core
from sw import data, golden
from sw.contract.artefact import Artefact, find, load
from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError

from .core_bench import ExternalMemory
from .figures import draw_raster, draw_report
from .network_bench import NetworkBench
from .progress import Progress
from .report import Report, artefact_digest
from .runner import default_seed
from .waves import Window, write_save_file

__all__ = ["add_arguments", "main"]

_FIRST_CYCLES = 10_000
_IMAGES = 32
_CORES = ("small", "medium", "small-w8")


def add_arguments(parser) -> None:
    parser.add_argument("--net", default="digits-w4", help="artefact: a name under artefacts/ or "
                        "a directory (default: digits-w4)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of the data set, if "
                        "it is one that is downloaded (default: the known answers' images)")
    parser.add_argument("--images", help="how many images, or `all` (default: up to 32)")
    parser.add_argument("--core", help="core preset (default: the first of small, medium and "
                        "small-w8 that the network fits)")
    parser.add_argument("--latency", type=int, default=16, help="of memory, cycles (default: 16)")
    parser.add_argument("--jitter", type=int, default=0, help="up to so many cycles more")
    parser.add_argument("--interval", type=int, default=1, help="cycles per memory word")
    parser.add_argument("--stall", type=float, default=0.0,
                        help="probability that a stream is held back in a cycle")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(),
                        help="simulations side by side (default: one per core of this machine)")
    parser.add_argument("--waves", action="store_true",
                        help=f"write the waveform around the first difference, or of the first "
                             f"{_FIRST_CYCLES} cycles if there is none")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="for report and figures (default: build/sim/<net>)")


def main(args) -> int:
    """Simulate, print the table, write the report; 1 if anything differs."""
    directory = find(args.net)
    artefact = load(directory)
    images, labels = select_images(artefact, args.images, args.data)
    external = ExternalMemory(latency=args.latency, jitter=args.jitter, interval=args.interval,
                              stall=args.stall)
    if args.jobs < 1:
        raise SpikeplaneError(f"--jobs must be at least 1, not {args.jobs}")
    name = args.core or default_core(artefact)
    config = core(name)
    seed = default_seed()
    bench = NetworkBench(artefact, config, external=external, seed=seed)
    print(f"{artefact.name}: {len(images)} images on core {name} ({config.sops} synaptic "
          f"operations per cycle), SEED={seed}")
    bench.build()
    begin = time.perf_counter()
    run = bench.run(images, jobs=args.jobs, progress=Progress(len(images)))
    seconds = time.perf_counter() - begin
    correct = None if labels is None else int((run.logits.argmax(axis=1) == labels).sum())
    report = Report.of_run(
        bench, run, artefact_digest=artefact_digest(directory), correct=correct, seconds=seconds)
    report.print()
    out = args.out or BUILD / "sim" / artefact.name
    publish(report, artefact, images[0], out)
    print(f"report and figures: {_shown(out)}")
    if args.waves:
        _trace(bench, images, run.comparison.first, out)
    print(report.summary)
    return int(report.differences > 0)


def default_core(artefact: Artefact) -> str:
    """Name of the first of the kit's cores that the network fits."""
    for name in _CORES:
        try:
            compile_network(artefact, core(name))
            return name
        except SpikeplaneError as error:
            refusal = error
    raise SpikeplaneError(f"network {artefact.name} fits none of the cores {', '.join(_CORES)}: "
                          f"{refusal}; give one of your own with --core")


def select_images(artefact: Artefact, count: str | None, directory: Path | None = None,
                  ) -> tuple[np.ndarray, np.ndarray | None]:
    """The first images of the test set the network was trained for, and their labels.

    A network without a data set, a random one, or one whose data set is not in ``directory``, has
    its known answers' images and no labels.
    """
    dataset = artefact.training.get("dataset")
    images, labels = artefact.vectors["image"], None
    if dataset in data.PACKAGED or (directory and dataset in data.DATASETS):
        part = data.load(dataset, "test", directory, artefact.graph[0])
        images, labels = part.images, part.labels
    if count is None:
        count = str(min(_IMAGES, len(images)))
    if count == "all":
        count = str(len(images))
    if not count.isdecimal() or not 1 <= int(count) <= len(images):
        raise SpikeplaneError(f"--images must be `all` or 1 to {len(images)} for {artefact.name}, "
                              f"not {count!r}")
    return images[:int(count)], None if labels is None else labels[:int(count)]


def publish(report: Report, artefact: Artefact, image: np.ndarray, out: Path) -> None:
    """Write report and figures; the directory keeps its former content if that fails."""
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{out.name}.", dir=out.parent))
    try:
        (temporary / "report.json").write_text(report.to_json())
        draw_report(report, temporary)
        layers = golden.run(artefact, image[None])
        spikes = {node.name: layers[node.name][0] for node in artefact.graph if node.levels == 1
                  and node.name != "image"}
        draw_raster(image, spikes, f"{report.network}: every spike of one image, layer by layer",
                    temporary / "raster.png")
        out.mkdir(exist_ok=True)
        for file in temporary.iterdir():
            file.replace(out / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _trace(bench: NetworkBench, images: np.ndarray, first, out: Path) -> None:
    path = out / "waves.vcd"
    if first:
        bench.trace(images, first.image, Window.around(path, first.cycle))
    else:
        bench.trace(images, 0, Window(path, 0, _FIRST_CYCLES))
    print(f"waveform: gtkwave {_shown(write_save_file(path, first and first.cycle))}")


def _shown(path: Path) -> str:
    """Relative to the working directory if it lies there."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
