"""The report of a simulation: a row per layer, as a table and as JSON."""
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from hw.commands.text_table import text_table
from hw.compiler.geometry import reach
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Attention, Conv, Head, Node
from sw.contract.version import revision, version

from .network_bench import Counters, NetworkBench, NetworkRun

__all__ = ["Report", "Row", "artefact_digest"]

_HEADINGS = ["layer", "shape", "compared", "rate", "diff", "predicted", "simulated", "util"]

SCHEMA = "spikeplane-simulation"
SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Row:
    """One layer, all images together.

    Parameters
    ----------
    shape
        (channels, height, width), or (classes,).
    compared, differences
        Values compared with the golden model, and how many of them differ.
    firing_rate
        Mean output over the largest output; None for logits.
    counters
        Cycles predicted, and simulated by cause; None for a residual that was computed with its
        convolution.
    utilisation
        Multiply-accumulates of the dense layer, padding excepted, over what the array could do in
        its cycles; None for what does not run on the array.
    """
    name: str
    shape: tuple[int, ...]
    compared: int
    differences: int
    firing_rate: float | None
    counters: Counters | None
    utilisation: float | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished simulation, enough to draw and to repeat it.

    Parameters
    ----------
    network, artefact_digest, kit, core, external, seed
        What was simulated, with what.
    images, runs, correct
        Images simulated, starts of the core, and images classified as labelled (None without
        labels).
    spikes, differences, first_difference
        As of :class:`sim.compare.Comparison`.
    cycles, seconds
        Clock cycles simulated, and real time without building.
    operations
        Multiply-accumulates of all steps and images, zeros included: every one is verified.
    rows
        In execution order.
    """
    network: str
    artefact_digest: str
    kit: str
    core: dict
    external: dict
    seed: int
    images: int
    runs: int
    correct: int | None
    spikes: int
    differences: int
    first_difference: str | None
    cycles: int
    seconds: float
    operations: int
    rows: tuple[Row, ...]

    @property
    def utilisation(self) -> float:
        """Useful operations of the array over what it could do in all cycles of the runs."""
        useful = sum(row.utilisation * row.counters.cycles for row in self.rows
                     if row.utilisation is not None)
        return useful / self.cycles

    @property
    def summary(self) -> str:
        """The last line of the simulation."""
        return (f"{self.images} images, {self.spikes} spikes compared, "
                f"{self.differences} differences")

    def table(self) -> str:
        """The rows as text, 80 columns wide if the numbers allow."""
        return text_table(_HEADINGS, [_cells(row) for row in self.rows])

    def print(self) -> None:
        """The table, the first difference if there is one, and the speed."""
        print(self.table())
        print(f"\n{self.cycles / self.images:,.0f} cycles per image; {self.seconds:.1f} s, "
              f"{self.cycles / self.seconds:,.0f} cycles/s, "
              f"{self.operations / self.seconds / 1e6:,.1f} M verified operations/s")
        if self.correct is not None:
            print(f"{self.correct} of {self.images} images classified as labelled")
        if self.first_difference:
            print(f"first difference: {self.first_difference}")

    def to_json(self) -> str:
        """Text of ``report.json``."""
        values = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **dataclasses.asdict(self)}
        return json.dumps(values, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> "Report":
        """Inverse of :meth:`to_json`; a report of another version is refused."""
        try:
            values = json.loads(path.read_text())
            if (values.pop("schema"), values.pop("schema_version")) != (SCHEMA, SCHEMA_VERSION):
                raise KeyError("schema")
            rows = tuple(
                Row(**{**row, "shape": tuple(row["shape"]),
                       "counters": row["counters"] and Counters(**row["counters"])})
                for row in values.pop("rows"))
            return cls(**values, rows=rows)
        except FileNotFoundError:
            raise SpikeplaneError(f"{path}: there is no report; run `make sim` first") from None
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            raise SpikeplaneError(
                f"{path}: not a report of this version; run `make sim` again") from None

    @classmethod
    def of_run(cls, bench: NetworkBench, run: NetworkRun, *, artefact_digest: str,
               correct: int | None, seconds: float) -> "Report":
        """Gather what a run of a bench gave."""
        artefact, config, comparison = bench.artefact, bench.config, run.comparison
        operations = {node.name: _operations(node, artefact.config.steps) * comparison.images
                      for node in artefact.graph}
        on_array = {node.name for node in artefact.graph if isinstance(node, Conv)}
        rows = []
        for layer in comparison.layers:
            counters = run.counters.get(layer.name)
            capacity = counters.cycles * config.sops if counters else 0
            rows.append(Row(
                name=layer.name, shape=layer.shape, compared=layer.compared,
                differences=layer.differences, firing_rate=layer.firing_rate,
                counters=counters,
                utilisation=operations[layer.name] / capacity
                if capacity and layer.name in on_array else None))
        first = comparison.first
        return cls(
            network=artefact.name, artefact_digest=artefact_digest,
            kit=" ".join(filter(None, (version(), revision()))),
            core=dataclasses.asdict(config), external=dataclasses.asdict(bench.external),
            seed=bench.seed,
            images=comparison.images, runs=run.runs, correct=correct, spikes=comparison.spikes,
            differences=comparison.differences, first_difference=str(first) if first else None,
            cycles=run.cycles, seconds=seconds, operations=sum(operations.values()),
            rows=tuple(rows))


def artefact_digest(directory: Path) -> str:
    """The digest that an artefact's manifest carries."""
    return json.loads((directory / "manifest.json").read_text())["digest"]


def _operations(node: Node, steps: int) -> int:
    """Multiply-accumulates of one image, all steps, zeros included, padding not."""
    if isinstance(node, Head):
        return node.macs
    if isinstance(node, Conv):
        rows, columns = (reach(node.kernel, node.stride, node.pad, size, 0, outputs) for
                         size, outputs in zip(node.in_shape[1:], node.shape[1:], strict=True))
        return node.shape[0] * node.in_shape[0] * rows * columns * steps
    return node.macs * steps if isinstance(node, Attention) else 0


def _cells(row: Row) -> list[str]:
    def optional(value, pattern):
        return "" if value is None else format(value, pattern)

    return [row.name, "x".join(map(str, row.shape)), f"{row.compared}",
            optional(row.firing_rate, ".1%"), f"{row.differences}",
            optional(row.counters and row.counters.predicted, "d"),
            optional(row.counters and row.counters.cycles, "d"),
            optional(row.utilisation, ".0%")]
