"""What the link does, as rows of microcode: docs/link.md, line by line."""
from sw.contract.link import CRC_BYTES, HEADER_BYTES, Kind, Status

from .frame_memory import BYTES, Place
from .microcode import Assembler, Condition, Count, Event, Source

__all__ = ["link_program"]


def link_program() -> list[dict]:
    """The sequencer's ROM."""
    a = Assembler()
    start(a)
    receive(a)
    identify(a)
    execute(a)
    write(a)
    read(a)
    run(a)
    reply(a)
    send_payload(a)
    return a.assemble()


def fetch(a, place, **fields):
    """The byte read is that at a place."""
    a.row(jump=1, place=place, **fields)


def count_byte(a, place, **fields):
    """Counter := the byte at a place."""
    fetch(a, place, **fields)
    a.row(count=Count.LOW, **fields)


def count_word(a, place):
    """Counter := the two bytes at a place."""
    fetch(a, place)
    a.row(count=Count.LOW, advance=1)
    a.row(count=Count.HIGH)


def store(a, place):
    """Byte at a place := counter."""
    a.row(jump=1, place=place, write_count=1)


def start(a):
    """After a reset: clear the variables; the host has to know of it."""
    count_byte(a, Place.NUMBERS)
    for place in (Place.DROPPED, Place.RUN):
        clear_five(a, place)
    count_byte(a, Place.NUMBERS + 1)
    store(a, Place.FRESH)


def clear_five(a, place):
    """Four bytes and the one after them := counter."""
    store(a, place)
    name = f"CLEAR {len(a)}"
    a.label(name)
    a.row(write_count=1, advance=1, unless=Condition.FOURTH, go=name)


def receive(a):
    """Wait for a frame; until its checksum was right it is nothing but bytes."""
    a.label("HUNT")
    a.row(take=1)
    a.label("WAIT")
    a.wait(Condition.ARRIVED)
    a.row(take=1, unless=Condition.SYNC, go="WAIT")
    count_byte(a, Place.NUMBERS + HEADER_BYTES - 3, clear=1)
    a.row(jump=1, place=Place.KIND - 1)
    receive_bytes(a, write=1, advance=1)
    a.row(count=Count.LOW)
    receive_byte(a, write=1, advance=1)
    # Should there be no payload: the next bit is taken in 10 cycles after the byte was received.
    a.row(count=Count.HIGH)
    a.row(when=Condition.ZERO, go="CHECKSUM")
    a.row(jump=1, place=(Place.PAYLOAD - 1) % BYTES, when=Condition.TOO_LONG, go="DROP")
    a.row(count=Count.DOWN)
    receive_bytes(a, write=1, advance=1)
    a.label("CHECKSUM")
    count_byte(a, Place.NUMBERS + CRC_BYTES - 1, emit=1)
    receive_bytes(a, emit=1)
    a.row(unless=Condition.MISMATCH, go="GOOD")

    a.label("DROP")
    count_byte(a, Place.DROPPED)
    a.row(event=Event.DROPPED, count=Count.UP)
    a.row(write_count=1, unless=Condition.CARRY, go="HUNT")
    count_byte(a, Place.DROPPED + 1)
    a.row(count=Count.UP)
    a.row(write_count=1, go="HUNT")


def receive_byte(a, emit=0, **fields):
    """Receive a byte and do with it what the fields say; or drop the frame."""
    a.wait(Condition.OVER, emit=emit)
    a.row(emit=emit, take=1, when=Condition.LOST, go="DROP", **fields)


def receive_bytes(a, emit=0, **fields):
    """Receive one byte more than the counter says."""
    name = f"BYTES {len(a)}"
    a.label(name)
    receive_byte(a, emit, **fields)
    a.row(emit=emit, count=Count.DOWN, unless=Condition.ZERO, go=name)


def identify(a):
    """Is it a request, and whose turn is it?"""
    a.label("GOOD")
    fetch(a, Place.KIND, event=Event.GOOD)
    a.row(when=Condition.REPLY, go="DROP")
    a.row(when=Condition.HELLO, go="HELLO")
    count_byte(a, Place.LINKED)
    a.row(when=Condition.ZERO, go="DROP")
    count_byte(a, Place.SEQUENCE)
    fetch(a, Place.LAST)
    a.row(count=Count.DOWN, when=Condition.EQUAL, go="AGAIN")
    a.row(count=Count.UP, unless=Condition.EQUAL, go="DROP")
    a.row(write_count=1)
    count_byte(a, Place.NUMBERS)
    store(a, Place.FRESH)
    store(a, Place.STATUS)
    a.label("EXECUTE")
    count_word(a, Place.LENGTH)
    fetch(a, Place.KIND)
    a.row(when=Condition.UNKNOWN, go="UNKNOWN_KIND")
    a.dispatch(["UNKNOWN_KIND", *(kind.name for kind in Kind)])

    # A refusal is not thought over, and what has started or stopped is not repeated.
    a.label("AGAIN")
    count_byte(a, Place.STATUS)
    a.row(unless=Condition.ZERO, go="ANSWER")
    fetch(a, Place.KIND)
    a.row(unless=Condition.FINAL, go="EXECUTE")
    a.row(go="ANSWER")


def execute(a):
    """The requests that need nothing but frame memory; the length is in the counter."""
    a.label("HELLO")
    count_byte(a, Place.SEQUENCE)
    store(a, Place.LAST)
    count_byte(a, Place.NUMBERS)
    store(a, Place.STATUS)
    a.row(count=Count.UP)
    store(a, Place.LINKED)
    count_word(a, Place.LENGTH)
    expect(a, 4)
    answer(a, Place.HELLO_BYTES)

    a.label("IDENTITY")
    a.row(unless=Condition.ZERO, go="BAD_LENGTH")
    count_word(a, Place.REPLY_BYTES)
    a.row(go="REPLY")

    a.label("STATUS")
    a.row(unless=Condition.ZERO, go="BAD_LENGTH")
    answer(a, Place.STATUS_BYTES)

    a.label("ABORT")
    a.row(unless=Condition.ZERO, go="BAD_LENGTH")
    a.wait(Condition.QUIET, stop=1)
    a.row(event=Event.ABORTED)
    count_byte(a, Place.NUMBERS)
    clear_five(a, Place.RUN)
    a.row(go="ANSWER")


def answer(a, size):
    """Reply with as many bytes as the byte at a place says."""
    fetch(a, size)
    a.row(count=Count.LOW, go="REPLY")


def expect(a, length):
    """Refuse payloads of any other length."""
    fetch(a, Place.NUMBERS + length, when=Condition.CARRY, go="BAD_LENGTH")
    a.row(unless=Condition.EQUAL, go="BAD_LENGTH")


def load_address(a, **fields):
    """Four bytes, from where the pointer is, to the memory address."""
    name = f"ADDRESS {len(a)}"
    a.label(name)
    a.row(load=1, advance=1, unless=Condition.FOURTH, go=name, **fields)


def check_bytes(a, **fields):
    """Refuse a range, from the memory address as long as the counter says, that does not lie inside
    or is not of whole words."""
    name = f"CHECK {len(a)}"
    a.row(when=Condition.REFUSED, go="BAD_ADDRESS", **fields)
    a.row(when=Condition.ZERO, go=f"{name} END")
    a.label(name)
    a.row(step=1, count=Count.DOWN, when=Condition.OUTSIDE, go="BAD_ADDRESS")
    a.row(unless=Condition.ZERO, go=name)
    a.label(f"{name} END")
    a.row(when=Condition.MISALIGNED, go="BAD_ADDRESS")


def write(a):
    """An address and bytes, first only to check them."""
    a.label("WRITE")
    a.row(jump=1, place=Place.PAYLOAD)
    a.label("WRITE LENGTH")
    a.row(when=Condition.ZERO, go="BAD_LENGTH")
    a.row(advance=1, count=Count.DOWN, unless=Condition.FOURTH, go="WRITE LENGTH")
    a.row(jump=1, place=Place.PAYLOAD, when=Condition.RUNNING, go="BUSY")
    load_address(a)
    check_bytes(a, writing=1)

    count_word(a, Place.LENGTH)
    a.row(jump=1, place=Place.PAYLOAD)
    a.label("WRITE AGAIN")
    a.row(load=1, advance=1, count=Count.DOWN, unless=Condition.FOURTH, go="WRITE AGAIN")
    a.row(count=Count.DOWN, when=Condition.ZERO, go="ANSWER")
    a.label("WRITE NEXT")
    a.wait(Condition.READY, step=1, writing=1)
    a.row(advance=1, count=Count.DOWN, unless=Condition.ZERO, go="WRITE NEXT")
    a.row(go="ANSWER")


def read(a):
    """An address and a length; the bytes go straight to the reply."""
    a.label("READ")
    expect(a, 6)
    a.row(jump=1, place=Place.PAYLOAD, when=Condition.RUNNING, go="BUSY")
    load_address(a)
    count_word(a, Place.PAYLOAD + 4)
    a.row(count=Count.UP, when=Condition.TOO_LONG, go="BAD_ADDRESS")
    a.row(count=Count.DOWN, when=Condition.TOO_LONG, go="BAD_ADDRESS")
    check_bytes(a)

    a.row(jump=1, place=Place.PAYLOAD)
    load_address(a)
    count_word(a, Place.PAYLOAD + 4)
    a.row(count=Count.UP, go="REPLY")


def run(a):
    """Number, program, log; the core is reset before it starts."""
    a.label("RUN")
    expect(a, 12)
    a.row(jump=1, place=Place.PAYLOAD + 4, when=Condition.RUNNING, go="BUSY")
    for _ in ("program", "log"):
        load_address(a)
        a.row(writing=1, when=Condition.REFUSED, go="BAD_ADDRESS")
    for part in range(4):
        count_byte(a, Place.PAYLOAD + part)
        store(a, Place.RUN + part)
    a.row(jump=1, place=Place.PAYLOAD + 4)
    load_address(a)
    a.wait(Condition.QUIET, stop=1)
    a.row(event=Event.START)
    load_address(a, loading=1)
    a.row(go="ANSWER")


def reply(a):
    """The status, and what follows it: as many bytes as the counter says."""
    for status in Status:
        if status != Status.OK:
            a.label(status.name)
            fetch(a, Place.NUMBERS + status)
            a.row(count=Count.LOW, go="REMEMBER")
    a.label("REMEMBER")
    store(a, Place.STATUS)
    a.label("ANSWER")
    count_byte(a, Place.NUMBERS + 1)

    a.label("REPLY")
    store(a, Place.LENGTH)
    fetch(a, Place.SYNC)
    a.wait(Condition.SENT, send=1)
    # The checksum starts when the last bit of the sync byte is on its way.
    fetch(a, Place.KIND, replying=1)
    a.wait(Condition.SENT, clear=1, replying=1)
    a.wait(Condition.SENT, send=1, mark=1, replying=1)
    send_byte(a, Place.SEQUENCE)
    send_byte(a, Place.LENGTH)
    fetch(a, Place.NUMBERS + 2, replying=1, when=Condition.TWICE, go="LONG")
    send_flag(a, "LONG", Condition.CARRY)
    send_byte(a, Place.STATUS)
    fetch(a, Place.KIND, count=Count.DOWN, replying=1)
    a.row(replying=1, when=Condition.ZERO, go="SEAL")
    bodies = (Kind.HELLO, Kind.IDENTITY, Kind.READ, Kind.STATUS)
    a.dispatch([f"{Kind(kind).name} BODY" if kind in bodies else "SEAL" for kind in range(8)],
               replying=1)

    a.label("SEAL")
    count_byte(a, Place.NUMBERS + CRC_BYTES, replying=1)
    a.wait(Condition.SENT, replying=1)
    a.label("SEAL NEXT")
    a.wait(Condition.SENT, send=1, source=Source.CHECKSUM, replying=1, emit=1)
    a.row(count=Count.DOWN, replying=1, emit=1)
    a.row(replying=1, emit=1, unless=Condition.ZERO, go="SEAL NEXT")
    a.wait(Condition.SENT, replying=1, emit=1)
    a.row(go="HUNT")


def send_byte(a, place):
    """Send the byte at a place."""
    fetch(a, place, replying=1)
    a.wait(Condition.SENT, send=1, replying=1)


def send_flag(a, name, condition):
    """Send 1 if the condition is true, else 0."""
    fetch(a, Place.NUMBERS + 1, replying=1, when=condition, go=name)
    fetch(a, Place.NUMBERS, replying=1)
    a.label(name)
    a.wait(Condition.SENT, send=1, replying=1)


def send_four(a, source=Source.FRAME):
    """Send bytes up to the last one of four."""
    name = f"FOUR {len(a)}"
    a.label(name)
    a.wait(Condition.SENT, send=1, source=source, replying=1)
    a.row(advance=1, count=Count.DOWN, replying=1, unless=Condition.FOURTH, go=name)


def send_payload(a):
    """What follows the status, by kind; the last part until the counter is zero."""
    a.label("HELLO BODY")
    a.row(jump=1, place=Place.PAYLOAD, replying=1)
    send_four(a)
    a.row(jump=1, place=Place.HELLO, replying=1, go="REST")

    a.label("STATUS BODY")
    send_flag(a, "FLAGS", Condition.RUNNING)
    a.row(jump=1, place=Place.RUN, count=Count.DOWN, replying=1)
    send_four(a)
    a.row(jump=1, place=Place.PAYLOAD, replying=1)
    send_four(a, Source.RUN)
    send_four(a, Source.RUN)
    a.row(jump=1, place=Place.DROPPED, replying=1, go="REST")

    a.label("IDENTITY BODY")
    a.row(jump=1, place=Place.IDENTITY, replying=1)
    a.label("REST")
    a.wait(Condition.SENT, send=1, replying=1)
    a.row(advance=1, count=Count.DOWN, replying=1)
    a.row(replying=1, unless=Condition.ZERO, go="REST")
    a.row(replying=1, go="SEAL")

    a.label("READ BODY")
    a.wait(Condition.READY, reading=1, replying=1)
    a.wait(Condition.SENT, send=1, source=Source.MEMORY, reading=1, replying=1)
    a.row(count=Count.DOWN, reading=1, replying=1)
    a.row(reading=1, replying=1, when=Condition.ZERO, go="SEAL")
    a.row(step=1, reading=1, replying=1, go="READ BODY")
