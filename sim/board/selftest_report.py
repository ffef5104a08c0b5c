"""The report of a self-test: as text and as JSON."""
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from hw.commands.text_table import text_table

__all__ = ["LayerResult", "SelftestReport"]


@dataclass(frozen=True, kw_only=True)
class LayerResult:
    """One layer.

    Parameters
    ----------
    shape
        (channels, height, width), or (classes,).
    compared, differences
        Values over the known answers.
    cycles, stall
        Of its commands in a run of the whole network, on average; 0 for a residual that is
        computed with its convolution.
    """
    name: str
    shape: tuple[int, ...]
    compared: int
    differences: int
    cycles: int
    stall: int


@dataclass(frozen=True, kw_only=True)
class SelftestReport:
    """Outcome of a self-test.

    Parameters
    ----------
    board, version, revision, clock, core
        What the board says it is.
    network, artefact_digest, kit, seed
        What it was tested with, and by which kit.
    memory_bytes
        Compared in the memory test.
    answers
        Known answers, compared layer by layer.
    layers, first_difference
        In order of execution, and the first value that differs.
    images, images_per_run, correct
        Images run as a whole, and how many were classified as labelled; None without labels.
    logits, logit_differences
        Of those images, against the golden model's.
    counters, counter_differences
        Of those runs, against what the golden model predicts; a line for each that differs.
    cycles
        Of a run, on average.
    seconds
        Real time of those runs, with images uploaded and logs read.
    """
    board: str
    version: str
    revision: str
    clock: int
    core: dict
    network: str
    artefact_digest: str
    kit: str
    seed: int
    memory_bytes: int
    answers: int
    layers: tuple[LayerResult, ...]
    first_difference: str | None
    images: int
    images_per_run: int
    correct: int | None
    logits: int
    logit_differences: int
    counters: int
    counter_differences: tuple[str, ...]
    cycles: float
    seconds: float

    @property
    def spikes(self) -> int:
        """Values compared layer by layer."""
        return sum(layer.compared for layer in self.layers)

    @property
    def differences(self) -> int:
        """Values, logits and counters that differ."""
        return (sum(layer.differences for layer in self.layers) + self.logit_differences
                + len(self.counter_differences))

    @property
    def rate(self) -> float:
        """Images per second of the core at the board's clock, without the link."""
        return self.clock * self.images_per_run / self.cycles

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return self.differences == 0

    def table(self) -> str:
        """A row per layer."""
        return text_table(
            ["layer", "shape", "compared", "diff", "cycles", "stall"],
            [[layer.name, "x".join(map(str, layer.shape)), str(layer.compared),
              str(layer.differences), str(layer.cycles or ""), str(layer.stall or "")]
             for layer in self.layers])

    def lines(self) -> list[str]:
        """What is said below the table, the verdict last."""
        lines = [f"first difference: {self.first_difference}"] if self.first_difference else []
        lines += self.counter_differences[:3]
        if self.correct is not None:
            lines.append(f"{self.correct} of {self.images} images classified as labelled")
        lines.append(
            f"{self.cycles:,.0f} cycles per run of {self.images_per_run} "
            f"image{'s' * (self.images_per_run > 1)}, {self.rate:,.1f} images/s at "
            f"{self.clock / 1e6:g} MHz; {self.images / self.seconds:.1f} images/s through the link")
        lines.append(
            f"{'PASS' if self.passed else 'FAIL'}: {self.spikes} values, {self.logits} logits and "
            f"{self.counters} counters compared, {self.differences} differences")
        return lines

    def write(self, path: Path) -> None:
        """As JSON, whole or not at all."""
        values = dataclasses.asdict(self) | {"passed": self.passed, "images_per_second": self.rate}
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(json.dumps(values, indent=1) + "\n")
        partial.replace(path)
