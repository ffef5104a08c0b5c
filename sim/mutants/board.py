"""Defects of what surrounds the core on a board: host link, memories, system."""
from .mutant import Mutant

__all__ = ["BOARD"]


def _link(name: str, file: str, old: str, new: str, test: str = "link[bytes]") -> Mutant:
    """A defect of the host link; ``test``: its bench, and parameters."""
    bench = test.split("[")[0]
    return Mutant(name, f"hw/link/{file}.py", old, new,
                  f"tests/hw/link/test_{bench}.py::test_{test}")


def _memory(name: str, file: str, old: str, new: str, test: str) -> Mutant:
    """A defect of a memory."""
    bench = test.split("[")[0]
    return Mutant(name, f"hw/memory/{file}.py", old, new,
                  f"tests/hw/memory/test_{bench}.py::test_{test}")


_LINK = (
    _link("start bit not checked in its middle", "uart_receiver",
          "with m.If(tick & line):", "with m.If(0):", "uart_receiver[9]"),
    _link("missing stop bit overlooked", "uart_receiver",
          "self.done.eq(line), self.broken.eq(~line)", "self.done.eq(1), self.broken.eq(0)",
          "uart_receiver[9]"),
    _link("bits taken at their end", "uart_receiver",
          "timer.eq(self.divisor // 2 - 2)", "timer.eq(self.divisor - 2)", "uart_receiver[9]"),
    _link("stop bit shortened", "uart_transmitter",
          "left.eq(10)", "left.eq(9)", "uart_transmitter[9]"),
    _link("polynomial of another checksum", "serial_crc",
          "0xEDB88320", "0x82F63B78", "serial_crc"),
    _link("damaged checksum accepted", "serial_crc",
          "self.mismatch.eq(1)", "self.mismatch.eq(0)", "serial_crc"),
    _link("pause never noticed", "pause_timer",
          "self.expired.eq(ticks == _TICKS)", "self.expired.eq(0)"),
    _link("lost byte taken for one that arrived", "program",
          "take=1, when=Condition.LOST, go=\"DROP\"", "take=1"),
    _link("wrong frames answered", "program",
          "unless=Condition.MISMATCH, go=\"GOOD\"", "go=\"GOOD\""),
    _link("any sequence number executed", "program",
          "a.row(count=Count.UP, unless=Condition.EQUAL, go=\"DROP\")",
          "a.row(count=Count.UP)"),
    _link("repeated request executed once more", "program",
          "a.row(count=Count.DOWN, when=Condition.EQUAL, go=\"AGAIN\")",
          "a.row(count=Count.DOWN, when=Condition.EQUAL, go=\"EXECUTE\")"),
    _link("spike memory written", "program",
          "    load_address(a)\n    check_bytes(a, writing=1)",
          "    load_address(a)\n    check_bytes(a)"),
    _link("last byte of a range not checked", "program",
          "    a.label(f\"{name} END\")\n    a.row(when=Condition.MISALIGNED, go=\"BAD_ADDRESS\")",
          "    a.label(f\"{name} END\")"),
    _link("run starts before the core is at rest", "program",
          "    a.wait(Condition.QUIET, stop=1)\n    a.row(event=Event.START)",
          "    a.row(stop=1)\n    a.row(event=Event.START)"),
    _link("row acts in both of its cycles", "sequencer",
          "self.reply.valid.eq(row.send & first)", "self.reply.valid.eq(row.send)"),
    _link("row writes on after its step", "sequencer",
          "row.writing & row.step & (first | taken)", "row.writing & row.step"),
    _link("payload longer than the frame memory", "sequencer",
          "much | (counter > self.limit)", "much"),
    _link("word written before its last byte", "memory_access",
          "self.writing & last)),", "self.writing)),", "link[wide-memory]"),
    _link("bits beyond the address ignored", "memory_access",
          "self.outside.eq(beyond | Mux", "self.outside.eq(Mux"),
    _link("log address not advanced", "memory_access",
          "with m.If(advance & last | logged):", "with m.If(advance & last):"),
    _link("cycles of the last run kept", "run_state",
          "[self.running.eq(1), cycles.eq(0), logged.eq(0)]",
          "[self.running.eq(1), logged.eq(0)]"),
)

_MEMORY = (
    _memory("row cut short by its end", "sdram_intake",
            "(over > 1) | ((over == 1) & (rest != 0))", "over != 0",
            "sdram[2-beats-80-MHz]"),
    _memory("read overtakes the write before it", "sdram_intake",
            "read_first.eq(reading & ~ends)", "read_first.eq(1)", "sdram[2-beats-80-MHz]"),
    _memory("row in use closed", "sdram_schedule",
            "rows.keep.eq(~reopen & present_valid & (present.bank == upcoming.bank))",
            "rows.keep.eq(0)", "sdram[2-beats-80-MHz]"),
    _memory("rows taken for open after a refresh", "sdram_schedule",
            "m.d.sync += [present_ready.eq(0), upcoming_ready.eq(0)]",
            "m.d.sync += upcoming_ready.eq(0)", "sdram[2-beats-80-MHz]"),
    _memory("write while the chip drives the pins", "sdram_schedule",
            "Mux(present.write, turn == 0, self.room)", "Mux(present.write, 1, self.room)",
            "sdram[2-beats-80-MHz]"),
    _memory("words read without a place", "sdram_schedule",
            "Mux(present.write, turn == 0, self.room)", "Mux(present.write, turn == 0, 1)",
            "sdram[2-beats-80-MHz]"),
    _memory("any row is the open one", "sdram_bank",
            "opened & (settle == 0) & (open_row == self.row)", "opened & (settle == 0)",
            "sdram[2-beats-80-MHz]"),
    _memory("write not recovered from", "sdram_bank",
            "self.beats - 1 + cycles.wr - 1", "self.beats - 1", "sdram[2-beats-80-MHz]"),
    _memory("word on offer replaced by a write", "spram",
            "writes.ready.eq(advance)", "writes.ready.eq(1)", "spram[behavioural]"),
    _memory("words of the last block alone", "spram",
            "chosen.eq(address[_BLOCK_ADDRESS:])", "chosen.eq(0)", "spram[behavioural]"),
)

BOARD = (*_LINK, *_MEMORY)
