"""Functional coverage: the combinations of modes that a bench has to exercise."""
import itertools
from collections.abc import Iterable

__all__ = ["Coverage"]


class Coverage:
    """Bins over the product of named axes, all of them required.

    A bench counts what it exercised with :meth:`hit`; its last test calls :meth:`check`, so that a
    bench that quietly stops reaching a mode fails.

    Parameters
    ----------
    axes
        Name of each axis and its values.

    Members
    -------
    axes : dict
        Name of each axis: tuple of its values.
    counts : dict
        Bin, a tuple in the order of the axes: times it was hit.
    """

    def __init__(self, **axes: Iterable):
        self.axes = {name: tuple(values) for name, values in axes.items()}
        self.counts = dict.fromkeys(itertools.product(*self.axes.values()), 0)

    def hit(self, **values) -> None:
        """Count one bin; a value outside its axis is a KeyError."""
        self.counts[tuple(values[axis] for axis in self.axes)] += 1

    def missing(self) -> list[dict]:
        """Bins that were never hit."""
        return [dict(zip(self.axes, combination, strict=True))
                for combination, count in self.counts.items() if not count]

    def check(self) -> None:
        """Raise an AssertionError that names the bins never hit."""
        missing = self.missing()
        assert not missing, (f"{len(missing)} of {len(self.counts)} modes were not exercised: "
                             f"{missing[:5]}")
