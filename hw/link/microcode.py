"""The sequencer's instructions, and their assembly into the rows of a ROM."""
import enum

from amaranth.lib import data

__all__ = ["MICROCODE", "ROWS", "Assembler", "Condition", "Count", "Event", "Source"]

ROWS = 256


class Condition(enum.IntEnum):
    """What a row may ask."""
    NEVER = 0
    ARRIVED = 1      # a byte has been received
    LOST = 2         # or will not: no stop bit, or a pause
    SYNC = 3         # it is the first byte of a frame
    MISMATCH = 4     # the checksum received is not that of the frame
    ZERO = 5         # the counter is 0
    CARRY = 6        # it is 256 to 511, or 768 or more
    TOO_LONG = 7     # it is more than the limit
    EQUAL = 8        # its lowest 8 bits are the byte read
    HELLO = 9        # the byte read is a kind of request: HELLO
    FINAL = 10       # RUN or ABORT, if it is a known one
    UNKNOWN = 11     # none of those known
    REPLY = 12       # that of a reply
    FOURTH = 13      # the pointer is at the last one of four bytes
    SENT = 14        # the transmitter takes a byte
    READY = 15       # memory is ready for a step
    OUTSIDE = 16     # the memory address is
    REFUSED = 17     # or it is not that of a word
    MISALIGNED = 18  # it is not that of a word
    RUNNING = 19     # a run is in progress
    QUIET = 20       # the core is at rest
    TWICE = 21       # the counter is 512 or more
    OVER = 22        # a byte has been received, or will not be


class Count(enum.IntEnum):
    """What a row does to the counter."""
    HOLD = 0
    LOW = 1          # := the byte read
    HIGH = 2         # the byte read goes above the lowest 8 bits
    UP = 3
    DOWN = 4


class Source(enum.IntEnum):
    """Which byte a row sends."""
    FRAME = 0
    MEMORY = 1
    RUN = 2
    CHECKSUM = 3


class Event(enum.IntEnum):
    """What a row tells the rest of the board."""
    NONE = 0
    GOOD = 1         # the frame is
    DROPPED = 2      # the frame was
    START = 3        # the core
    ABORTED = 4      # the run was


MICROCODE = data.StructLayout({
    "target": 8,             # row to go to
    "ask": 5,                # Condition
    "unless": 1,             # go if it is false
    "dispatch": 1,           # to the target plus bits 2 to 0 of the byte read
    "place": 10,             # in frame memory
    "jump": 1,               # pointer := place
    "advance": 1,            # pointer += 1
    "count": 3,              # Count
    "write": 1,              # frame memory, where the pointer comes to, := byte received
    "write_count": 1,        # frame memory, where the pointer comes to, := counter
    "take": 1,               # the byte received is done with
    "send": 1,               # offer a byte to the transmitter
    "source": 2,             # Source
    "mark": 1,               # with bit 7 set
    "clear": 1,              # the checksum starts anew
    "emit": 1,               # the bits on the line are the checksum's
    "replying": 1,           # the checksum is that of what is sent
    "load": 1,               # byte read to the memory address
    "step": 1,               # memory address += 1, if memory is ready
    "reading": 1,            # from memory
    "writing": 1,            # to memory, if this is a step
    "loading": 1,            # the memory address is not that of the log yet
    "stop": 1,               # the core is brought to rest
    "event": 3,              # Event
})


class Assembler:
    """Collects rows in order. A row leads to the one after it, or to where ``go`` says, always or
    ``when`` a condition is true or ``unless`` it is."""

    def __init__(self):
        self._rows: list[dict] = []
        self._tables: list[tuple[str, list[str], dict]] = []
        self._labels: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def label(self, name: str) -> None:
        """Name the row that comes next."""
        assert name not in self._labels, name
        self._labels[name] = len(self._rows)

    def row(self, *, go: str | None = None, when: Condition | None = None,
            unless: Condition | None = None, **fields) -> None:
        """Append a row; ``fields`` are those of :py:`MICROCODE`."""
        if when is not None:
            fields |= {"ask": when}
        elif unless is not None:
            fields |= {"ask": unless, "unless": 1}
        elif go is not None:
            fields |= {"ask": Condition.NEVER, "unless": 1}
        self._rows.append(fields if go is None else {**fields, "target": go})

    def wait(self, condition: Condition, **fields) -> None:
        """Append a row that is repeated until the condition is true."""
        here = f"wait {len(self._rows)}"
        self.label(here)
        self.row(unless=condition, go=here, **fields)

    def dispatch(self, labels: list[str], **fields) -> None:
        """Append a row that goes to one of eight labels, by the byte read; on the way there the
        fields are the same."""
        table = f"table {len(self._tables)}"
        self._tables.append((table, labels, fields))
        self.row(go=table, dispatch=1, **fields)

    def assemble(self) -> list[dict]:
        """The ROM: fields of each row; the first row appended lies at 0."""
        for table, labels, fields in self._tables:
            self._rows += [{}] * (-len(self._rows) % len(labels))
            self.label(table)
            for label in labels:
                self.row(go=label, **fields)
        assert len(self._rows) <= ROWS, f"{len(self._rows)} rows"
        return [{**row, "target": self._labels[row["target"]]} if "target" in row else row
                for row in self._rows]
