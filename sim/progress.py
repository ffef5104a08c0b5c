"""How far a long job is."""
import sys
import time

__all__ = ["Progress"]


class Progress:
    """Parts done: in place on a terminal, else a line every ten seconds."""

    def __init__(self, total: int, what: str = "images"):
        self.total, self.what = total, what
        self.begin = self.printed = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        left = (now - self.begin) / done * max(self.total - done, 0)
        text = f"  {done} of {self.total} {self.what}, {left:.0f} s left"
        if sys.stdout.isatty():
            print(f"\r\033[K{text}", end="\n" if done == self.total else "", flush=True)
        elif now - self.printed >= 10:
            self.printed = now
            print(text, flush=True)
