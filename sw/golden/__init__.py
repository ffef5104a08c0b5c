"""The golden model: the integer network in numpy, which every other level must equal."""
from .network import classify, evaluate, run, with_vectors

__all__ = ["classify", "evaluate", "run", "with_vectors"]
