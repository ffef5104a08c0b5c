"""SDRAM parts: geometry and timing in nanoseconds, and the cycles a controller keeps."""
from dataclasses import dataclass, fields

from sw.contract.errors import SpikeplaneError

__all__ = ["SDR_32MIB", "SdramCycles", "SdramPart", "SdramTiming"]


@dataclass(frozen=True, kw_only=True)
class SdramTiming:
    """Limits of a single data rate SDRAM, in nanoseconds unless said otherwise, under the names of
    its data sheet: ``rcd`` is tRCD.

    Parameters
    ----------
    rcd, rp, ras, rc, rrd, rfc
        At least from ACTIVATE to READ or WRITE; PRECHARGE to ACTIVATE; ACTIVATE to PRECHARGE;
        ACTIVATE to ACTIVATE of the same bank, and of another; REFRESH to any command.
    wr
        At least from the last word written to PRECHARGE.
    mrd
        Cycles from MODE to any command.
    ras_max, refi
        At most from ACTIVATE to PRECHARGE; REFRESH to REFRESH.
    startup, startup_refreshes
        From power to the first command; REFRESH commands before MODE.
    cl2, cl3
        Shortest clock period at CAS latency 2 and 3.
    ac, oh, hz
        Clock edge to data: valid at the latest, held at least, released at the latest.
    setup, hold
        Of every input about the clock edge.
    """
    rcd: float
    rp: float
    ras: float
    rc: float
    rrd: float
    rfc: float
    wr: float
    mrd: int = 2
    ras_max: float = 100_000
    refi: float = 64e6 / 8192
    startup: float = 200_000
    startup_refreshes: int = 8
    cl2: float = 10
    cl3: float = 7.5
    ac: float = 6
    oh: float = 2.5
    hz: float = 6
    setup: float = 1.5
    hold: float = 1

    def __post_init__(self):
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise SpikeplaneError(f"SDRAM timing: {field.name} must be positive, "
                                      f"not {getattr(self, field.name)!r}")


@dataclass(frozen=True, kw_only=True)
class SdramCycles:
    """The same as counts of one clock's cycles, as the controller keeps them.

    Parameters
    ----------
    rcd
        ACTIVATE to READ or WRITE, and to the next ACTIVATE: the controller opens one row at a time.
    ras
        ACTIVATE to PRECHARGE; together with ``rp`` it keeps tRC.
    rp, rfc, mrd
        PRECHARGE, REFRESH and MODE to ACTIVATE.
    wr
        Last word written to PRECHARGE.
    refi
        REFRESH to REFRESH, at most.
    startup
        Power to the first command.
    cas
        CAS latency: the smallest the clock allows.
    """
    rcd: int
    ras: int
    rp: int
    rfc: int
    mrd: int
    wr: int
    refi: int
    startup: int
    cas: int

    def interval(self, beats: int) -> int:
        """From REFRESH to the last cycle in which other commands may be given, so that the next
        REFRESH is in time whichever of the banks' timers that command starts."""
        return self.refi - (1 + max(self.ras, beats - 1 + self.wr) + self.rp)


@dataclass(frozen=True, kw_only=True)
class SdramPart:
    """Geometry of an SDRAM, powers of two, and its timing.

    Parameters
    ----------
    banks, rows, columns
        Per part; per bank; per row.
    data_bits
        Width of the data pins, 8, 16 or 32.
    """
    banks: int = 4
    rows: int = 8192
    columns: int = 512
    data_bits: int = 16
    timing: SdramTiming

    def __post_init__(self):
        for name, choices in (("banks", (2, 4)), ("rows", (2048, 4096, 8192)),
                              ("columns", (256, 512, 1024)), ("data_bits", (8, 16, 32))):
            if getattr(self, name) not in choices:
                raise SpikeplaneError(
                    f"SDRAM part: {name} must be one of {', '.join(map(str, choices))}, "
                    f"not {getattr(self, name)!r}")

    @property
    def bytes(self) -> int:
        """Capacity."""
        return self.banks * self.rows * self.columns * self.data_bits // 8

    @property
    def row_bits(self) -> int:
        """Bits of a row's address."""
        return (self.rows - 1).bit_length()

    @property
    def address_bits(self) -> int:
        """Address pins: a row's address, and in any case pin 10, which precharges all banks."""
        return max(self.row_bits, 11)

    def beats(self, memory_bits: int) -> int:
        """Columns of a memory word; a word that is no burst of the part is refused."""
        beats, rest = divmod(memory_bits, self.data_bits)
        if rest or beats not in (1, 2, 4, 8):
            raise SpikeplaneError(
                f"SDRAM: memory_bits must be 1, 2, 4 or 8 times the part's {self.data_bits} data "
                f"bits, not {memory_bits}; choose another core or part")
        return beats

    def cycles(self, clock: int) -> SdramCycles:
        """Cycles of a clock of ``clock`` Hz; one too fast or too slow for the part is refused."""
        timing = self.timing

        def at_least(nanoseconds: float) -> int:
            # In picoseconds, so that a clock whose period divides the limit is not a cycle late.
            return -(-round(nanoseconds * 1000) * clock // 10**12)

        cas = next((latency for latency, period in ((2, timing.cl2), (3, timing.cl3))
                    if round(period * 1000) * clock <= 10**12), None)
        if cas is None:
            raise SpikeplaneError(
                f"SDRAM: a clock of {clock / 1e6:g} MHz is too fast for the part, which allows "
                f"{1000 / timing.cl3:g} MHz; lower the clock of the board")
        rp = at_least(timing.rp)
        cycles = SdramCycles(
            rcd=max(at_least(timing.rcd), at_least(timing.rrd)),
            ras=max(at_least(timing.ras), at_least(timing.rc) - rp), rp=rp,
            rfc=at_least(timing.rfc), mrd=timing.mrd, wr=at_least(timing.wr),
            refi=round(timing.refi * 1000) * clock // 10**12,
            startup=at_least(timing.startup), cas=cas)
        # Refreshes and what they wait for may take half of the time.
        if cycles.interval(8) < 2 * (cycles.rp + cycles.rfc + cycles.rcd + 8):
            raise SpikeplaneError(
                f"SDRAM: a clock of {clock / 1e6:g} MHz is too slow to refresh the part in time; "
                "raise the clock of the board")
        return cycles


SDR_32MIB = SdramPart(timing=SdramTiming(rcd=21, rp=21, ras=49, rc=70, rrd=15, rfc=70, wr=15))
"""32 MiB, 16 bit, and the slowest of what the data sheets of usual parts demand: IS42S16160G-7,
AS4C16M16SA-7, MT48LC16M16A2-75, W9825G6KH-75. Also half of a 64 MiB AS4C32M16SB-7."""
