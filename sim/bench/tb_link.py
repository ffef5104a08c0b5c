"""The whole link, from its pins to memory and core: what a host may do, and what may go wrong."""
import struct
import zlib

from cocotb.triggers import ClockCycles

from sw.contract.link import PROTOCOL, SPIKES, SYNC, Kind, Status
from sw.host.frames import Frame, encode

from .link_world import GAP_BITS, MEMORY_BYTES, component, link_test
from .memories import cycle_now

__all__ = ["component"]

OK = bytes([Status.OK])


@link_test()
async def hello_comes_first(world):
    host = world.host
    for kind in Kind:
        if kind != Kind.HELLO:
            await host.send(encode(Frame(kind, 1, b"")))
    assert await host.answer(400) is None
    identity = world.config.identity
    for _ in range(2):
        assert await host.hello() == (PROTOCOL, 1, world.config.limit, len(identity))
    assert await host.hello(host.sequence) == (PROTOCOL, 1, world.config.limit, len(identity))
    assert await host.ask(Kind.IDENTITY) == OK + identity
    assert (await host.status())[4] == len(Kind) - 1
    assert (await host.hello())[1] == 0


@link_test()
async def memory_keeps_what_is_written(world):
    host, random, size = world.host, world.bench.random, world.size
    await host.hello()
    most = (world.config.limit - 4) // size
    spans = [(random.randrange(MEMORY_BYTES // size - n) * size, n * size)
             for n in (1, 2, 3, 7, most, 0)]
    spans += [(0, size), (MEMORY_BYTES - 3 * size, 3 * size)]
    expected = bytearray(world.memory)
    for address, length in spans:
        data = random.randbytes(length)
        expected[address:address + length] = data
        assert await host.write(address, data) == Status.OK
        assert await host.read(address, length) == (Status.OK, data)
    assert world.memory == expected
    for address, length in spans:
        assert await host.read(address, length) == (Status.OK, expected[address:address + length])


@link_test(patience=0)
async def spikes_are_read(world):
    host, size = world.host, world.core.word_bits // 8
    await host.hello()
    every = (world.config.limit - 1) // size * size
    for start, length in ((0, size), (3 * size, 5 * size), (0, min(every, len(world.spikes))),
                          (len(world.spikes) - size, size)):
        assert await host.read(SPIKES + start, length) == (
            Status.OK, world.spikes[start:start + length])


@link_test()
async def refusals_have_no_effect(world):
    host, size = world.host, world.size
    spike, end = world.core.word_bits // 8, MEMORY_BYTES
    await host.hello()
    before = bytes(world.memory)
    word = bytes(size)

    def access(address, length):
        return struct.pack("<IH", address, length)

    cases = [(kind, b"", Status.UNKNOWN_KIND) for kind in (0, 8, 9, 0x13, 0x7F)]
    cases += [(kind, bytes(n), Status.BAD_LENGTH) for kind, lengths in {
        Kind.IDENTITY: (1, 4), Kind.WRITE: (0, 3), Kind.READ: (0, 5, 7, 262), Kind.STATUS: (1, 256),
        Kind.RUN: (0, 11, 13, 268), Kind.ABORT: (1,), Kind.HELLO: (0, 3, 5, 260)}.items()
        for n in lengths]
    outside = [end, end + size, 1 << 12, 1 << 16, 1 << 30, SPIKES, SPIKES + (1 << 20), 0xFFFFFFFF]
    cases += [(Kind.WRITE, struct.pack("<I", address) + word, Status.BAD_ADDRESS)
              for address in outside]
    cases += [(Kind.RUN, struct.pack("<III", 7, *pair), Status.BAD_ADDRESS)
              for address in outside for pair in ((address, 0), (0, address))]
    cases += [(Kind.WRITE, struct.pack("<I", SPIKES) + bytes(max(size, spike)), Status.BAD_ADDRESS),
              (Kind.WRITE, struct.pack("<I", end - size) + 2 * word, Status.BAD_ADDRESS),
              (Kind.READ, access(end - size, 2 * size), Status.BAD_ADDRESS),
              (Kind.READ, access(end, size), Status.BAD_ADDRESS),
              (Kind.READ, access(0, world.config.limit), Status.BAD_ADDRESS),
              (Kind.READ, access(0, 0x1000 | size), Status.BAD_ADDRESS),
              (Kind.READ, access(0, 0x8000), Status.BAD_ADDRESS),
              (Kind.READ, access(SPIKES + len(world.spikes) - spike, 2 * spike),
               Status.BAD_ADDRESS),
              (Kind.READ, access(SPIKES, spike + 1), Status.BAD_ADDRESS),
              (Kind.READ, access(SPIKES + spike // 2, spike), Status.BAD_ADDRESS)]
    if size > 1:
        cases += [(Kind.WRITE, struct.pack("<I", 1) + word, Status.BAD_ADDRESS),
                  (Kind.WRITE, struct.pack("<I", 0) + word + b"x", Status.BAD_ADDRESS),
                  (Kind.READ, access(size // 2, size), Status.BAD_ADDRESS),
                  (Kind.READ, access(0, size - 1), Status.BAD_ADDRESS),
                  (Kind.RUN, struct.pack("<III", 7, 1, 0), Status.BAD_ADDRESS),
                  (Kind.RUN, struct.pack("<III", 7, 0, size - 1), Status.BAD_ADDRESS)]
    for kind, payload, status in cases:
        assert await host.ask(kind, payload) == bytes([status]), (kind, payload)
    assert (world.writes, world.starts, world.memory) == (0, [], before)
    assert (await host.status())[:2] == (0, 0)


@link_test()
async def repetitions_are_answered_once_more(world):
    host = world.host
    await host.hello()
    data = bytes(range(64))
    for _ in range(2):
        assert await host.ask(Kind.WRITE, bytes(4) + data, repeat=bool(world.writes)) == OK
    assert world.writes == 2 * 64 // world.size
    request = struct.pack("<III", 5, 0, 128)
    for repeat in (False, True, True):
        assert await host.ask(Kind.RUN, request, repeat=repeat) == OK
    assert world.starts == [0]

    # A refusal stays one, even if its reason has gone.
    assert await host.write(0, data) == Status.BUSY
    await world.end_run()
    busy = bytes([Status.BUSY])
    assert await host.ask(Kind.WRITE, bytes(4) + data, repeat=True) == busy
    assert world.writes == 2 * 64 // world.size
    assert await host.read(0, 64) == (Status.OK, data)

    # Numbers that are neither the last one nor the next one.
    dropped = (await host.status())[4]
    for distance in (2, 3, 128, 254):
        await host.send(encode(Frame(Kind.STATUS, (host.sequence + distance) % 256, b"")))
        assert await host.answer(200) is None
    await host.send(encode(Frame(0x80 | Kind.STATUS, (host.sequence + 1) % 256, b"")))
    assert await host.answer(200) is None
    assert (await host.status())[4] == dropped + 5

    await host.ask(Kind.RUN, request)
    assert await host.ask(Kind.ABORT) == OK
    assert await host.ask(Kind.RUN, request) == OK
    assert len(world.starts) == 3
    # HELLO sets the number; the next request follows it.
    await host.hello(255)
    assert host.sequence == 255 and (await host.status())[0] == 1 and host.sequence == 0


@link_test(patience=0)
async def damaged_frames_are_dropped(world):
    host, random = world.host, world.bench.random
    await host.hello()
    host.sequence += 1
    frame = encode(Frame(Kind.WRITE, host.sequence % 256, bytes(4) + bytes([SYNC]) * world.size))
    flip = random.sample(range(8, 8 * len(frame)), 30)
    # Not the length: with it the board waits for the end of another frame.
    flip = [bit for bit in flip if bit // 8 not in (3, 4)]
    for bit in flip:
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        await host.send(damaged)
    assert await host.answer(300) is None and world.writes == 0
    dropped = len(flip)

    for cut in random.sample(range(1, len(frame)), 6):
        # A byte without its stop bit, then the line rests.
        await host.send(frame[:cut])
        await host.bits([0, *[random.randrange(2) for _ in range(8)], 0])
        await host.bits([1] * 3)
        # The cable is pulled for longer than the gap time.
        await host.send(frame[:cut])
        await host.wait(1.4 * GAP_BITS)
        dropped += 2
    for length in (world.config.limit + 1, 511, 512, 0x1000, 0xFFFF):
        await host.send(bytes([SYNC, Kind.WRITE, host.sequence]) + length.to_bytes(2, "little"))
        dropped += 1
    assert await host.answer(300) is None and world.writes == 0

    # Short pauses, noise before the frame, and starts of bits too short to be one do no harm.
    await host.send(bytes(i for i in range(256) if i != SYNC))
    host.dut.rx.value = 0
    await ClockCycles(host.dut.clk, 1)
    host.dut.rx.value = 1
    await host.wait(2)
    await host.send(frame, pause=0.7 * GAP_BITS)
    assert (await host.answer()).payload == OK and world.writes == 1
    assert world.memory[:world.size] == bytes([SYNC]) * world.size
    assert (await host.status())[4] == dropped


@link_test(patience=0)
async def lights_show_what_happened(world):
    host, ports = world.host, world.ports
    await host.hello()
    frame = encode(Frame(Kind.STATUS, host.sequence + 1 & 255, b""))
    assert not ports.read("error")
    await host.send(frame[:-1] + bytes([frame[-1] ^ 1]))
    await host.wait(10)
    assert ports.read("error")
    assert await host.ask(Kind.RUN, struct.pack("<III", 1, 0, 0)) == OK
    assert not ports.read("error") and ports.read("running")
    await world.end_run()
    assert not ports.read("running")
    levels = set()
    for _ in range(20):
        await host.wait(GAP_BITS)
        levels.add(ports.read("alive"))
    assert levels == {0, 1}


@link_test()
async def runs_are_started_and_logged(world):
    host, random, size = world.host, world.bench.random, world.size
    await host.hello()
    expected = bytearray(world.memory)
    for number, count in ((1, 0), (0xFFFFFFFF, 32 // size), (random.getrandbits(32), 640 // size)):
        program = random.randrange(16) * 64
        log = 2048 + 8 * random.randrange(32)
        begun = cycle_now()
        assert await host.run(number, program, log) == Status.OK
        assert world.starts[-1] == program
        assert (await host.status())[:2] == (1, number)
        for kind, payload in ((Kind.WRITE, bytes(4)), (Kind.READ, bytes(6)), (Kind.RUN, bytes(12))):
            assert await host.ask(kind, payload) == bytes([Status.BUSY])
        assert await host.ask(Kind.IDENTITY) == OK + world.config.identity
        words = [random.getrandbits(8 * size) for _ in range(count)]
        await world.end_run(words)
        longest = cycle_now() - begun
        data = b"".join(word.to_bytes(size, "little") for word in words)
        expected[log:log + len(data)] = data
        flags, run, log_words, cycles, _ = await host.status()
        assert (flags, run, log_words) == (0, number, count * size // 4)
        assert 100 < cycles == (await host.status())[3] and cycles < longest
        assert world.memory == expected
        length = min(len(data), 376)
        assert await host.read(log, length) == (Status.OK, data[:length])


@link_test()
async def a_log_ends_with_the_memory(world):
    host, size = world.host, world.size
    await host.hello()
    kept = bytes(world.memory[:-16])
    assert await host.run(1, 0, MEMORY_BYTES - 16) == Status.OK
    await world.end_run([1] * (64 // size))
    assert (await host.status())[2] == 16
    assert world.writes == 16 // size
    assert world.memory == kept + (1).to_bytes(size, "little") * (16 // size)
    # So many words that a counter of the address's width would have wrapped.
    assert await host.run(2, 0, MEMORY_BYTES - 16) == Status.OK
    await world.end_run([2] * (2 * MEMORY_BYTES // size + 8))
    assert (await host.status())[2] > MEMORY_BYTES // 4


@link_test()
async def aborts_wait_for_the_core(world):
    host = world.host
    await host.hello()
    assert await host.ask(Kind.ABORT) == OK
    for rest in (1, 300, 5000):
        assert await host.run(rest, 64, 0) == Status.OK
        world.rest = rest
        assert (await host.status())[:2] == (1, rest)
        assert await host.ask(Kind.ABORT) == OK
        assert (await host.status())[:3] == (0, 0, 0)
        # Not executed again: the host may have lost the answer and the board gone on.
        assert await host.ask(Kind.ABORT) == OK
        assert await host.ask(Kind.ABORT, repeat=True) == OK
        world.rest = 5
    assert len(world.starts) == 3
    assert await host.read(0, 64) == (Status.OK, bytes(world.memory[:64]))


@link_test(patience=0)
async def the_board_is_deaf_while_it_answers(world):
    host = world.host
    await host.hello()
    first, second = (encode(Frame(Kind.IDENTITY, (host.sequence + n) % 256, b"")) for n in (1, 2))
    await host.send(first + second + second)
    assert (await host.answer()).payload == OK + world.config.identity
    assert await host.answer(200) is None
    host.sequence += 1
    assert await host.ask(Kind.IDENTITY) == OK + world.config.identity


@link_test(rate=1.02)
async def a_fast_host_is_understood(world):
    await exchange_bytes(world)


@link_test(rate=0.98)
async def a_slow_host_is_understood(world):
    await exchange_bytes(world)


async def exchange_bytes(world):
    await world.host.hello()
    data = world.bench.random.randbytes(376)
    assert await world.host.write(0, data) == Status.OK
    status, back = await world.host.read(0, 376)
    assert (status, zlib.crc32(back)) == (Status.OK, zlib.crc32(data))
