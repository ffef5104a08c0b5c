"""How a network is trained: one TOML file per network, checked field by field."""
import dataclasses
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sw.contract.config import ModelConfig, preset
from sw.contract.errors import SpikeplaneError

__all__ = ["KINDS", "RECIPES", "BaseRecipe", "PretrainRecipe", "Recipe", "Training",
           "read_recipe"]

RECIPES = Path(__file__).resolve().parent / "recipes"
KINDS = ("float", "quantized")
"""Sections that every file has. Those of pre-training, ``[pretrain]``, and of fields in which the
network differs from its preset, ``[network]``, may be there too."""
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class BaseRecipe:
    """What every training run has; recorded in its checkpoint.

    Parameters
    ----------
    dataset
        A key of :data:`sw.data.DATASETS`.
    epochs, batch, seed
        Length, images per step, and the seed of weights, order and augmentation.
    rate, weight_decay, warmup, clip
        Peak of the cosine learning rate, decay of weights (AdamW), epochs of linear warm-up,
        largest norm of a gradient.
    steps
        Time steps T: each batch draws one of these. Empty: those of the network.
    precision
        ``"bfloat16"`` multiplies in 16 bits; weights, normalisation of integers and frozen epochs
        stay in float32.
    fused
        Neurons are compiled, see :func:`sw.neuron.fuse`: faster steps, half a minute later.
    average
        Decay of the moving average of the weights, which is what is kept; 0 for the weights.
    frozen
        Last epochs with frozen batch statistics, so that a quantized network settles on the very
        thresholds that are exported.
    shift, rotate, scale, noise, crop, flip, erase, random_augment
        Of :func:`sw.train_augment.augment`.
    """
    dataset: str
    epochs: int
    batch: int = 64
    seed: int = 0
    rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 5.0
    clip: float = 1.0
    steps: tuple[int, ...] = ()
    precision: str = "float32"
    fused: bool = False
    average: float = 0.0
    frozen: int = 0
    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    noise: float = 0.0
    crop: int = 0
    flip: bool = False
    erase: float = 0.0
    random_augment: tuple[float, ...] = ()

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
        self._check_range("average", "erase", low=0, below=1)
        self._check_range("rate", "clip", above=0)
        self._check_range("weight_decay", "warmup", "shift", "rotate", "scale", "noise", "crop",
                          low=0)
        self._check(not self.random_augment or _is_drawn(self.random_augment), "random_augment",
                    "[operations, magnitude, deviation], each from 0 to 10")

    def _check_type(self, field):
        value, kind = getattr(self, field.name), type(field.default)
        if field.name == "dataset" or kind is str:
            self._check(type(value) is str, field.name, "a string")
        elif kind is float:
            self._check(type(value) in (int, float), field.name, "a number")
        elif kind is tuple:
            self._check(type(value) in (tuple, list), field.name, "a list of numbers")
            object.__setattr__(self, field.name, tuple(value))
        else:
            kind = int if field.name == "epochs" else kind
            self._check(type(value) is kind, field.name,
                        "true or false" if kind is bool else "an integer")

    def _check(self, condition, field, need):
        if not condition:
            raise SpikeplaneError(f"recipe: {field} must be {need}, not {getattr(self, field)!r}")

    def _check_range(self, *fields, low=-math.inf, above=-math.inf, below=math.inf):
        limits = [f"{words} {limit:g}" for words, limit in
                  (("at least", low), ("above", above), ("below", below)) if math.isfinite(limit)]
        for field in fields:
            value = getattr(self, field)
            self._check(low <= value and above < value < below, field, " and ".join(limits))

    def changed(self, **changes) -> "BaseRecipe":
        """The recipe with the fields that are not None."""
        return dataclasses.replace(self, **{k: v for k, v in changes.items() if v is not None})

    def to_dict(self) -> dict:
        """Every field, as JSON types."""
        return dataclasses.asdict(self) | {
            "steps": list(self.steps), "random_augment": list(self.random_augment)}


def _is_drawn(numbers) -> bool:
    return (len(numbers) == 3 and all(type(n) in (int, float) and 0 <= n <= 10 for n in numbers)
            and numbers[0] == int(numbers[0]))


@dataclass(frozen=True, kw_only=True)
class Recipe(BaseRecipe):
    """One training run of a classifier; recorded in the artefact, too.

    Parameters
    ----------
    smoothing
        Label smoothing.
    mixup, cutmix
        Of :func:`sw.train_augment.mix`.
    """
    smoothing: float = 0.1
    mixup: float = 0.0
    cutmix: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        self._check_range("smoothing", low=0, below=1)
        self._check_range("mixup", "cutmix", low=0)


@dataclass(frozen=True, kw_only=True)
class PretrainRecipe(BaseRecipe):
    """One masked pre-training.

    Parameters
    ----------
    ratio
        Share of the patches that are masked.
    patch
        Side of a patch in pixels; 0 for that of a token.
    width, depth, heads
        Of the decoder.
    """
    ratio: float = 0.6
    patch: int = 0
    width: int = 64
    depth: int = 2
    heads: int = 4

    def __post_init__(self):
        super().__post_init__()
        self._check_range("ratio", above=0, below=1)
        self._check_range("patch", low=0)
        self._check_range("width", "depth", "heads", low=1)
        # The table of positions has a sine and a cosine for each of two directions.
        self._check(self.width % 4 == 0, "width", "a multiple of 4")
        self._check(self.width % self.heads == 0, "heads", f"a divisor of width {self.width}")


@dataclass(frozen=True, kw_only=True)
class Training:
    """A file of recipes: the model preset, the configuration that the file makes of it, a recipe
    for each kind of network, and one for pre-training where there is one."""
    name: str
    preset: str
    config: ModelConfig
    float: Recipe
    quantized: Recipe
    pretrain: PretrainRecipe | None = None


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
    for field in content.keys() - {"preset", "network", "dataset", "pretrain", *KINDS}:
        raise SpikeplaneError(f"{path}: unknown field {field!r}")
    network = preset(content["preset"]).to_dict() | _section(path, content, "network")
    try:
        config = ModelConfig.from_dict(network)
    except SpikeplaneError as error:
        raise SpikeplaneError(f"{path}: [network]: {error}") from None
    recipes = {kind: _recipe(path, content, kind, Recipe) for kind in KINDS}
    if "pretrain" in content:
        recipes["pretrain"] = _recipe(path, content, "pretrain", PretrainRecipe)
    return Training(name=path.stem, preset=content["preset"], config=config, **recipes)


def _section(path: Path, content: dict, name: str) -> dict:
    fields = content.get(name, {})
    if type(fields) is not dict:
        raise SpikeplaneError(f"{path}: {name} is not a section [{name}]")
    return fields


def _recipe(path: Path, content: dict, kind: str, form: type) -> BaseRecipe:
    if kind not in content:
        raise SpikeplaneError(f"{path}: section [{kind}] is missing")
    fields = _section(path, content, kind)
    known = {field.name for field in dataclasses.fields(form)} - {"dataset"}
    for field in fields.keys() - known:
        raise SpikeplaneError(f"{path}: [{kind}]: unknown field {field!r}")
    if "epochs" not in fields:
        raise SpikeplaneError(f"{path}: [{kind}]: field 'epochs' is missing")
    try:
        return form(dataset=content["dataset"], **fields)
    except SpikeplaneError as error:
        raise SpikeplaneError(f"{path}: [{kind}]: {error}") from None
