"""The command line: ``spikeplane <verb>``. Registers verbs; each is a module of its own."""
import argparse
import importlib
import os
import signal
import sys

from sw.contract.errors import SpikeplaneError
from sw.contract.version import version

__all__ = ["VERBS", "main"]

VERBS = {
    "pretrain": ("sw.commands.pretrain", "masked pre-training of the network of a recipe"),
    "train": ("sw.commands.train", "train the real-valued network of a preset"),
    "import": ("sw.commands.import_checkpoint", "read a published Spikformer V1 checkpoint"),
    "quantize": ("sw.commands.quantize", "the integer network of a trained one"),
    "curves": ("sw.commands.curves", "loss and validation of trainings as a figure"),
    "evaluate": ("sw.commands.evaluate", "accuracy of a trained network at several T"),
    "export": ("sw.commands.export", "write an artefact, of a trained network or a random one"),
    "inspect": ("sw.commands.inspect", "show what an artefact holds"),
    "card": ("sw.commands.card", "the model card of a trained artefact"),
    "golden": ("sw.commands.golden", "run the integer reference on an artefact"),
    "compile": ("hw.commands.compile", "program, memory image and cycles of an artefact on a core"),
    "sim": ("sim.simulate", "simulate the accelerator and compare every spike"),
    "matrix": ("sim.run_matrix", "the same for random networks on many cores and memories"),
    "mutants": ("sim.run_mutants", "plant defects in the kit; a test must catch each"),
    "bench": ("sim.benchmark", "speed of simulation and core on a network of CIFAR size"),
    "netlist": ("sim.netlist", "the cores of boards, synthesized, against the golden model"),
    "report": ("sim.show", "table and figures of the last simulation"),
    "estimate": ("hw.commands.estimate", "whether a build would fit, and how fast it would be"),
    "bitstream": ("hw.commands.bitstream", "build a board's bitstream, or check one"),
    "flash": ("hw.commands.flash", "put a bitstream onto a connected board"),
    "selftest": ("sim.board.selftest", "prove that a board computes the golden model's spikes"),
    "run": ("sim.board.classify", "classify an image on a board"),
    "board-sim": ("sim.board.serve", "simulate a board for other programs to talk to"),
    "soak": ("sim.board.soak", "many images on one board, all compared"),
    "faults": ("sim.board.run_link_faults", "random faults on the host link"),
    "doctor": ("sw.commands.doctor", "name every missing or wrong tool, with its cure"),
}
"""Verb: module with ``add_arguments(parser)`` and ``main(args)``, and a line of help."""

OPTIONAL = {"torch": "torch", "sklearn": "scikit-learn", "matplotlib": "matplotlib",
            "PIL": "pillow", "serial": "pyserial", "hypothesis": "hypothesis"}
"""Packages that only some verbs import, by module: a missing one is the user's to install."""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit status, 1 with one line on standard error on a user error."""
    if argv is None:
        argv = sys.argv[1:]
        # Ended by `kill`, a verb still stops the tools that it runs, and leaves nothing half-made.
        signal.signal(signal.SIGTERM, _terminate)
    parser = argparse.ArgumentParser(
        prog="spikeplane",
        description="From a trained spiking vision transformer to an FPGA, spike for spike.")
    parser.add_argument("--version", action="version", version=f"spikeplane {version()}")
    verbs = parser.add_subparsers(dest="verb", metavar="<verb>", required=True)
    for verb, (_, text) in VERBS.items():
        verbs.add_parser(verb, help=text, description=f"{text[0].upper()}{text[1:]}.")
    # Only the verb that runs is imported: torch, Amaranth and the simulator are slow to load.
    module = None
    if argv and argv[0] in VERBS:
        module = importlib.import_module(VERBS[argv[0]][0])
        module.add_arguments(verbs.choices[argv[0]])
    args = parser.parse_args(argv)
    try:
        status = module.main(args)
        sys.stdout.flush()
        return status or 0
    except SpikeplaneError as error:
        print(f"spikeplane: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in OPTIONAL:
            raise
        print(f"spikeplane: {argv[0]} needs the Python package {OPTIONAL[package]}, which is not "
              "installed; run `make setup`", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of a pipe left, as `head` does; nothing more can be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("spikeplane: interrupted", file=sys.stderr)
        return 130


def _terminate(number, frame):
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
