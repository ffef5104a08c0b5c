"""``spikeplane estimate``: whether a build would fit, how fast it would be, in seconds."""
from .board_arguments import add_board_arguments, board_from

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    add_board_arguments(parser)
    parser.add_argument("--net", help="artefact to run (default: that of the board)")


def main(args) -> None:
    """Print cells against those of the FPGA, clock, memory, cycles and images per second."""
    # Late: Amaranth and the compiler are slow to load, and `--help` does without.
    from sw.contract.artefact import find, load

    from ..build.estimate import estimate_cells, estimate_clock, read_samples
    from ..compiler import compile_network
    from ..compiler.host_memory import memory_needed
    from .text_table import text_table
    board = board_from(args)
    artefact = load(find(args.net or board.net))
    program = compile_network(artefact, board.core)
    samples = read_samples()
    print(f"{board.title}\n{artefact.name} on a core of {board.core.sops} synaptic operations per "
          f"cycle at {board.clock / 1e6:g} MHz\n")
    rows, problems = [], []
    for name, band in estimate_cells(board, samples).items():
        available = board.cells[name]
        rows.append(_row(name, band, available))
        problems += _judge(name, band.low > available, band.high > available)
    clock, wanted = estimate_clock(board, samples), board.clock / 1e6
    need = memory_needed(program)
    problems += _judge("clock", clock.high < wanted, clock.low < wanted)
    problems += _judge("memory", need > board.memory_bytes, False)
    print(text_table(["", "expected", "of", "share", "builds so far were off by"], rows))
    print(f"\nclock: {clock.low:.1f} to {clock.high:.1f} MHz, {wanted:g} MHz needed")
    print(f"memory: {need:,} bytes of {board.memory_bytes:,}")
    print(_speed(board, artefact, program))
    print("; ".join(problems) if problems else "it should fit and meet its clock")


def _row(name, band, available) -> list[str]:
    error = (band.high - band.low) / 2 / band.value
    return [name, f"{band.value:.0f}", str(available), f"{band.value / available:.0%}",
            f"{error:.0%}"]


def _judge(what: str, surely: bool, perhaps: bool) -> list[str]:
    if surely:
        return [f"{what}: too much for this board" if what != "clock" else "clock: too fast"]
    return [f"{what}: may not do, build it to know"] if perhaps else []


def _speed(board, artefact, program) -> str:
    """Cycles of one run with the first known answers, and what the clock makes of them."""
    import numpy as np

    from ..build.estimate import timing_of
    from ..compiler.cycles import predict
    from ..compiler.planes import count_planes
    which = np.arange(program.images) % len(artefact.vectors["image"])
    layers = {name: array[which] for name, array in artefact.vectors.items()}
    counts = count_planes(program, layers, layers["image"])
    cycles = sum(command.cycles for command in predict(program, counts, timing_of(board)))
    seconds = cycles / board.clock
    # 10 bits of the UART per byte; what surrounds the payload is under a tenth of it.
    upload = len(program.image_bytes(layers["image"])) * 10 / board.baud
    return (f"run: {cycles:,} cycles for {program.images} "
            f"image{'s' * (program.images > 1)}; {program.images / seconds:,.1f} images/s in the "
            f"core, {program.images / (seconds + upload):,.1f} with images sent at "
            f"{board.baud:,} baud")
