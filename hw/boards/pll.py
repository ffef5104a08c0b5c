"""Settings of phase-locked loops, computed from the frequency that is wanted."""
import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from sw.contract.errors import SpikeplaneError

__all__ = ["Pll", "Setting"]


@dataclass(frozen=True)
class Setting:
    """Dividers of one loop: the detector compares ``source / divide`` with ``vco / multiply``, and
    the clock is ``vco / output``.

    Parameters
    ----------
    source
        Frequency that comes in, Hz.
    """
    source: int
    divide: int
    multiply: int
    output: int

    @property
    def detector(self) -> Fraction:
        """Frequency at which the phase detector compares, Hz."""
        return Fraction(self.source, self.divide)

    @property
    def vco(self) -> Fraction:
        """Frequency of the oscillator, Hz."""
        return self.detector * self.multiply

    @property
    def clock(self) -> Fraction:
        """Frequency that comes out, Hz."""
        return self.vco / self.output


@dataclass(frozen=True, kw_only=True)
class Pll:
    """What the loop of an FPGA family can do, from its data sheet.

    Parameters
    ----------
    name
        Of the primitive.
    detector, vco, clock
        Lowest and highest frequency, Hz.
    divides, outputs
        Dividers that exist.
    multiplies
        Divider in the feedback. Where the feedback comes from behind the output divider,
        ``behind_output`` is set, and what lies between oscillator and detector is their product.
    """
    name: str
    detector: tuple[int, int]
    vco: tuple[int, int]
    clock: tuple[int, int]
    divides: Collection[int]
    multiplies: Collection[int]
    outputs: Collection[int]
    behind_output: bool = False

    def solve(self, source: int, clock: int) -> Setting:
        """The setting that gives ``clock`` Hz exactly: of several, that with the fastest detector,
        then the fastest oscillator (least jitter). Refused if there is none."""
        every = list(self._settings(source))
        exact = [setting for setting in every if setting.clock == clock]
        if exact:
            return max(exact, key=lambda setting: (setting.detector, setting.vco))
        reached = {setting.clock for setting in every}
        near = [max((f for f in reached if f < clock), default=None),
                min((f for f in reached if f > clock), default=None)]
        near = " and ".join(f"{float(f) / 1e6:.6g} MHz" for f in near if f is not None)
        raise SpikeplaneError(f"{self.name} cannot make {clock / 1e6:.6g} MHz of "
                              f"{source / 1e6:.6g} MHz; the nearest it can: {near}")

    def below(self, source: int, limit: int) -> int | None:
        """The highest frequency of whole Hz, at most ``limit``, that it can make of ``source``."""
        return max((int(setting.clock) for setting in self._settings(source)
                    if setting.clock <= limit and setting.clock.denominator == 1), default=None)

    def _settings(self, source: int) -> Iterator[Setting]:
        """Every legal setting."""
        for divide, output in itertools.product(self.divides, self.outputs):
            if not self.detector[0] <= Fraction(source, divide) <= self.detector[1]:
                continue
            step = Fraction(source, divide) * (output if self.behind_output else 1)
            low, high = math.ceil(self.vco[0] / step), math.floor(self.vco[1] / step)
            for multiply in range(low, high + 1):
                # In integers, for there are thousands: the clock is multiply * step / output.
                if (multiply in self.multiplies and self.clock[0] * output * step.denominator
                        <= multiply * step.numerator <= self.clock[1] * output * step.denominator):
                    yield Setting(source, divide,
                                  multiply * (output if self.behind_output else 1), output)
