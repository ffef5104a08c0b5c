"""Campaign against the link: random sequences of use, misuse and faults.

Whatever happens, a value that the driver returns is right or it raises; and when the faults end,
the board can be used again without a reset.
"""
import random
from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from sw.host import Board, BoardReset, Connection, LinkError, Run

from .faults import Faults
from .struck_port import Killed, StruckPort
from .target import Target

__all__ = ["run_campaign"]

_RATES = st.sampled_from([0.0, 0.0, 0.02, 0.1, 0.3])
_SEEDS = st.integers(0, (1 << 32) - 1)
_PLACES = st.floats(0, 1, exclude_max=True)
_CYCLES = 10_000_000
_WORD = 8
"""A multiple of every board's memory word, in bytes."""


class _Machine(RuleBasedStateMachine):
    target: Target
    outcomes: Counter
    progress: Callable[[int], None] | None

    @initialize(to_board=_RATES, to_host=_RATES, number=_SEEDS)
    def begin(self, to_board, to_host, number):
        self.outcomes["sequences"] += 1
        self.numbers = random.Random(number)
        self.to_board, self.to_host = (
            Faults(rate, self.numbers.getrandbits(32)) for rate in (to_board, to_host))
        self.board: Board | None = None
        self.known: list[int | None] = [None] * self.target.log
        self.target.reset()

    # -- what a user does ------------------------------------------------------------------------

    @rule(at=_PLACES, words=st.integers(1, 200), number=_SEEDS)
    def write_memory(self, at, words, number):
        address, length = self.place(at, words)
        self.write(address, random.Random(number).randbytes(length))

    @rule(which=st.integers(0, 7))
    def damage_a_program(self, which):
        """What the driver knows of the memory has to follow."""
        address, data = self.target.programs[which % len(self.target.programs)].contents[-1]
        self.write(address + _WORD, bytes(255 - value for value in data[_WORD:2 * _WORD]))

    @rule(at=_PLACES, words=st.integers(1, 200))
    def read_memory(self, at, words):
        address, length = self.place(at, words)
        data = self.attempt("read", lambda board: board.read(address, length))
        if data is not None:
            for k, value in enumerate(data):
                assert self.known[address + k] in (None, value)
            if self.target.memory is not None:
                assert data == self.target.memory[address:address + length]

    @rule(which=st.integers(0, 7))
    def run_a_program(self, which):
        self.run("run", which)

    @rule()
    def abort(self):
        self.attempt("abort", lambda board: board.abort())

    @rule()
    def ask_for_the_status(self):
        status = self.attempt("status", lambda board: board.status())
        assert status is None or not status.busy

    # -- what goes wrong -------------------------------------------------------------------------

    @rule(to_board=_RATES, to_host=_RATES)
    def change_the_cable(self, to_board, to_host):
        self.to_board.rate, self.to_host.rate = to_board, to_host

    @rule(which=st.booleans())
    def pull_or_plug_the_cable(self, which):
        for side in (self.to_board, self.to_host)[:1 + which]:
            side.unplugged = not side.unplugged

    @rule()
    def reset(self):
        self.reset_board()

    @rule(which=st.integers(0, 7), polls=st.integers(0, 3))
    def reset_during_a_run(self, which, polls):
        left = polls

        def progress(cycles):
            nonlocal left
            left -= 1
            if left == -1:
                self.reset_board()

        self.run("run, reset", which, progress)

    @rule(which=st.integers(0, 7), after=st.integers(0, 40), kind=st.sampled_from(
        [Killed, KeyboardInterrupt]))
    def strike_the_host(self, which, after, kind):
        # Not a precondition: what is drawn must not depend on how fast a board is.
        self.ask_for_the_status()
        if self.board is None:
            return
        port = self.board.connection.port
        port.strike = after, kind
        try:
            self.run("run, struck", which)
        except (Killed, KeyboardInterrupt):
            self.outcomes["run, struck", "struck"] += 1
            self.forget(0, self.target.log)
            if kind is Killed:
                self.end_host()
        finally:
            port.strike = None

    @rule()
    def start_another_host(self):
        self.end_host()

    def teardown(self):
        """A good cable again: whoever asks gets right answers."""
        if not hasattr(self, "board"):
            return
        for side in (self.to_board, self.to_host):
            side.clear()
            side.rate, side.unplugged = 0.0, False
        program = self.target.programs[0]
        try:
            if self.board is None:
                self.board = self.connect()
            try:
                run = self.compute(self.board, program)
            except BoardReset:  # a reset that nobody had noticed
                run = self.compute(self.board, program)
            assert program.right(run)
        finally:
            self.end_host()
        self.outcomes["recovered"] += 1
        if self.progress:
            self.progress(self.outcomes["recovered"])

    # -- how -------------------------------------------------------------------------------------

    def place(self, at: float, words: int) -> tuple[int, int]:
        """(address, length) of up to ``words`` words of the free memory."""
        size = (self.target.log - self.target.free) // _WORD
        first = int(at * size)
        return self.target.free + first * _WORD, min(words, size - first) * _WORD

    def connect(self) -> Board:
        port = StruckPort(self.target.port(), self.to_board, self.to_host)
        try:
            return Board(Connection(port, timeout=self.target.timeout,
                                    attempts=self.target.attempts, numbers=self.numbers))
        except LinkError:
            port.close()
            raise

    def end_host(self):
        """What the system does when a process ends: its ports are closed."""
        if self.board is not None:
            self.board.connection.port.close()
            self.board = None

    def attempt(self, what, action):
        """The value of the action, or None if the driver said that it cannot be had."""
        try:
            if self.board is None:
                self.board = self.connect()
            value = action(self.board)
        except LinkError as error:
            self.outcomes[what, type(error).__name__] += 1
            return None
        self.outcomes[what, "right"] += 1
        return value

    def write(self, address, data):
        self.forget(address, address + len(data))
        written = self.attempt("write", lambda board: board.write(address, data) or True)
        if written:
            self.known[address:address + len(data)] = data
            if self.target.memory is not None:
                assert self.target.memory[address:address + len(data)] == data

    def run(self, what, which, progress=None):
        program = self.target.programs[which % len(self.target.programs)]
        for address, data in program.contents:
            self.forget(address, address + len(data))
        run = self.attempt(what, lambda board: self.compute(board, program, progress))
        assert run is None or program.right(run)

    def compute(self, board, program, progress=None) -> Run:
        return board.run(program.entry, program.contents, self.target.log, cycles=_CYCLES,
                         progress=progress)

    def forget(self, begin, end):
        self.known[begin:end] = [None] * (end - begin)

    def reset_board(self):
        self.forget(0, self.target.log)
        self.target.reset()
        # A wire is too short to hold a byte over a reset.
        self.to_board.clear()
        self.to_host.clear()


def run_campaign(target: Target, sequences: int, *, number: int, steps: int = 15,
                 shrink: bool = True, progress: Callable[[int], None] | None = None) -> Counter:
    """Run so many sequences of up to ``steps`` steps.

    Parameters
    ----------
    number
        Seed.
    shrink
        Look for the shortest sequence that shows what was found.
    progress
        Called with the sequences done.

    Returns
    -------
    Counter
        ``"sequences"`` run, ``"recovered"`` of them, and for each (action, outcome) how often.

    Raises
    ------
    AssertionError
        A returned value was wrong, or a board did not become usable again.
    """
    outcomes: Counter = Counter()
    machine = type("LinkFaults", (_Machine,), {
        "target": target, "outcomes": outcomes, "progress": staticmethod(progress)})
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(seed(number)(machine), settings=settings(
        max_examples=sequences, stateful_step_count=steps, phases=phases, deadline=None,
        database=None, suppress_health_check=list(HealthCheck)))
    return outcomes
