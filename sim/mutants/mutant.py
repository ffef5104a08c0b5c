"""What a planted defect is."""
from dataclasses import dataclass

__all__ = ["Mutant"]


@dataclass(frozen=True)
class Mutant:
    """A defect.

    Parameters
    ----------
    name
        What goes wrong, a few words.
    path
        File, relative to the repository.
    old
        Text that occurs exactly once in the file.
    new
        What takes its place.
    test
        pytest's name of the test that must fail then.
    """
    name: str
    path: str
    old: str
    new: str
    test: str
