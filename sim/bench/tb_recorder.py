"""Recorder: entries of the log, word by word, from streams that hold them."""
from itertools import pairwise

import cocotb
from cocotb.triggers import RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import RECORD, RESULT
from hw.system.recorder import Recorder
from sw.contract.link import LogTag

from ..block_bench import BlockBench
from ..coverage import Coverage
from .ports import Ports, block_test, random_value

COVERAGE = Coverage(feed=(0.0, 0.9), stall=(0.0, 0.6))
ORDER = Coverage(before=LogTag, then=LogTag)


def component(**config) -> Recorder:
    return Recorder(CoreConfig(**config))


def entry(tag: LogTag, value: dict) -> bytes:
    """As docs/link.md has it."""
    if tag == LogTag.RESULT:
        words = [tag | value["image"] << 8 | value["label"] << 16, value["value"] % (1 << 32)]
    else:
        words = [tag | value["opcode"] << 8, *(value[name] for name in (
            "index", "begin", "cycles", "compute", "stall", "skipped", "spikes"))]
    return b"".join(word.to_bytes(4, "little") for word in words)


@block_test()
@cocotb.parametrize(feed=[0.0, 0.9], stall=[0.0, 0.6])
async def entries_are_logged(dut, feed, stall):
    bench = await BlockBench.start(dut, component)
    size = bench.component.config.memory_bits // 8
    opcodes = 1 << 24
    results = [random_value(bench.random, RESULT) for _ in range(40)]
    records = [random_value(bench.random, RECORD) for _ in range(40)]
    records = [record | {"opcode": record["opcode"] % opcodes} for record in records]
    expected = {LogTag.RESULT: [entry(LogTag.RESULT, value) for value in results],
                LogTag.RECORD: [entry(LogTag.RECORD, value) for value in records]}
    length = sum(map(len, expected[LogTag.RESULT] + expected[LogTag.RECORD])) // size
    with Ports(bench) as ports:
        monitor = bench.monitor("words", stall)
        await RisingEdge(dut.clk)
        assert ports.read("idle")
        ports.start(bench.driver("results", feed).send(results))
        ports.start(bench.driver("records", feed).send(records))
        while len(monitor.payloads) < length:
            await RisingEdge(dut.clk)
            assert not (ports.read("words.valid") and ports.read("idle"))
        for _ in range(3):
            await RisingEdge(dut.clk)
        assert ports.read("idle") and not ports.read("words.valid")

    log = b"".join(word.to_bytes(size, "little") for word in monitor.payloads)
    tags = []
    while log:
        tags.append(LogTag(log[0]))
        wanted = expected[tags[-1]].pop(0)
        assert log[:len(wanted)] == wanted
        log = log[len(wanted):]
    assert not any(expected.values())
    for before, then in pairwise(tags):
        ORDER.hit(before=before, then=then)
    if not feed:
        # Results first.
        assert tags == [LogTag.RESULT] * 40 + [LogTag.RECORD] * 40
    COVERAGE.hit(feed=feed, stall=stall)


@block_test()
async def a_word_per_cycle(dut):
    bench = await BlockBench.start(dut, component)
    words = 32 // (bench.component.config.memory_bits // 8)
    with Ports(bench) as ports:
        monitor = bench.monitor("words")
        ports.start(bench.driver("records").send([{"index": 1}, {"index": 2}]))
        await monitor.receive(2 * words)
    first = monitor.cycles[0]
    later = monitor.cycles[words]
    assert monitor.cycles[:words] == list(range(first, first + words))
    assert monitor.cycles[words:] == list(range(later, later + words))
    assert later == first + words + 1


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    ORDER.check()
