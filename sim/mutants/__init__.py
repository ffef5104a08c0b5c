"""Defects to plant: each is a small change of one file that one named test must notice."""
from .board import BOARD
from .compiler import COMPILER
from .core import CORE
from .mutant import Mutant
from .reference import REFERENCE

__all__ = ["MUTANTS", "Mutant"]

MUTANTS = (*CORE, *BOARD, *REFERENCE, *COMPILER)
"""All of them, in the order of the campaign."""
