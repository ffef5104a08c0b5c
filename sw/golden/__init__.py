"""The golden model: the integer network in numpy, which every other level must equal."""
from .network import evaluate, run, with_vectors

__all__ = ["evaluate", "run", "with_vectors"]
