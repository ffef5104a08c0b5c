"""How a network is trained: one TOML file per network, checked field by field."""
import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sw.contract.config import preset
from sw.contract.errors import SpikeplaneError

__all__ = ["KINDS", "RECIPES", "Recipe", "Training", "read_recipe"]

RECIPES = Path(__file__).resolve().parent / "recipes"
KINDS = ("float", "quantized")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run; recorded in its checkpoint and in the artefact.

    Parameters
    ----------
    dataset
        A key of :data:`sw.data.DATASETS`.
    epochs, batch, seed
        Length, images per step, and the seed of weights, order and augmentation.
    rate, weight_decay, warmup, clip
        Peak of the cosine learning rate, decay of weights (AdamW), epochs of linear warm-up,
        largest norm of a gradient.
    smoothing
        Label smoothing.
    steps
        Time steps T: each batch draws one of these. Empty: those of the network.
    precision
        ``"bfloat16"`` multiplies in 16 bits; weights, normalisation of integers and frozen epochs
        stay in float32.
    average
        Decay of the moving average of the weights, which is what is kept; 0 for the weights.
    frozen
        Last epochs with frozen batch statistics, so that a quantized network settles on the very
        thresholds that are exported.
    shift, rotate, scale, noise, crop, flip, erase
        Of :func:`sw.train_augment.augment`.
    mixup, cutmix
        Of :func:`sw.train_augment.mix`.
    """
    dataset: str
    epochs: int
    batch: int = 64
    seed: int = 0
    rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 5.0
    clip: float = 1.0
    smoothing: float = 0.1
    steps: tuple[int, ...] = ()
    precision: str = "float32"
    average: float = 0.0
    frozen: int = 0
    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    noise: float = 0.0
    crop: int = 0
    flip: bool = False
    erase: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0

    def __post_init__(self):
        for field in dataclasses.fields(self):
            self._check_type(field)
        self._check(self.epochs >= 1, "epochs", "at least 1")
        self._check(self.batch >= 1, "batch", "at least 1")
        self._check(0 <= self.seed < 1 << 63, "seed", "0 to 2**63 - 1")
        self._check(0 <= self.frozen <= self.epochs, "frozen", "0 to the number of epochs")
        self._check(self.precision in PRECISIONS, "precision", f"one of {', '.join(PRECISIONS)}")
        self._check(all(type(t) is int and 1 <= t <= 64 for t in self.steps), "steps",
                    "a list of integers from 1 to 64")
        for name in ("average", "smoothing", "erase"):
            self._check(0 <= getattr(self, name) < 1, name, "at least 0 and below 1")
        for name in ("rate", "clip"):
            self._check(getattr(self, name) > 0, name, "above 0")
        for name in ("weight_decay", "warmup", "shift", "rotate", "scale", "noise", "crop",
                     "mixup", "cutmix"):
            self._check(getattr(self, name) >= 0, name, "at least 0")

    def _check_type(self, field):
        value, kind = getattr(self, field.name), type(field.default)
        if field.name == "dataset" or kind is str:
            self._check(type(value) is str, field.name, "a string")
        elif kind is float:
            self._check(type(value) in (int, float), field.name, "a number")
        elif kind is tuple:
            self._check(type(value) in (tuple, list), field.name, "a list of integers")
            object.__setattr__(self, field.name, tuple(value))
        else:
            kind = int if field.name == "epochs" else kind
            self._check(type(value) is kind, field.name,
                        "true or false" if kind is bool else "an integer")

    def _check(self, condition, field, need):
        if not condition:
            raise SpikeplaneError(f"recipe: {field} must be {need}, not {getattr(self, field)!r}")

    def changed(self, **changes) -> "Recipe":
        """The recipe with the fields that are not None."""
        return dataclasses.replace(self, **{k: v for k, v in changes.items() if v is not None})

    def to_dict(self) -> dict:
        """Every field, as JSON types."""
        return dataclasses.asdict(self) | {"steps": list(self.steps)}


@dataclass(frozen=True, kw_only=True)
class Training:
    """A file of recipes: the model preset, and a recipe for each kind of network."""
    name: str
    preset: str
    float: Recipe
    quantized: Recipe


def read_recipe(name: str) -> Training:
    """The recipes of ``sw/recipes/<name>.toml``, or of a file.

    Raises
    ------
    SpikeplaneError
        No such file, not TOML, or a field is unknown, missing or wrong.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in RECIPES.glob("*.toml")))
        raise SpikeplaneError(f"no training recipe {name!r}; choose one of {known}, or a .toml "
                              "file")
    try:
        content = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SpikeplaneError(f"{path}: cannot be read: {error}") from None
    for field in ("preset", "dataset"):
        if type(content.get(field)) is not str:
            raise SpikeplaneError(f"{path}: {field} is missing, or is not a string")
    for field in content.keys() - {"preset", "dataset", *KINDS}:
        raise SpikeplaneError(f"{path}: unknown field {field!r}")
    preset(content["preset"])
    return Training(name=path.stem, preset=content["preset"],
                    **{kind: _recipe(path, content, kind) for kind in KINDS})


def _recipe(path: Path, content: dict, kind: str) -> Recipe:
    fields = content.get(kind)
    if type(fields) is not dict:
        raise SpikeplaneError(f"{path}: section [{kind}] is missing")
    known = {field.name for field in dataclasses.fields(Recipe)} - {"dataset"}
    for field in fields.keys() - known:
        raise SpikeplaneError(f"{path}: [{kind}]: unknown field {field!r}")
    if "epochs" not in fields:
        raise SpikeplaneError(f"{path}: [{kind}]: field 'epochs' is missing")
    try:
        return Recipe(dataset=content["dataset"], **fields)
    except SpikeplaneError as error:
        raise SpikeplaneError(f"{path}: [{kind}]: {error}") from None
