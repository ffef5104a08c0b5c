"""The golden model: the integer network in numpy, which every other level must equal."""
from .network import classify, evaluate, run, with_vectors
from .steps import at_steps

__all__ = ["at_steps", "classify", "evaluate", "run", "with_vectors"]
