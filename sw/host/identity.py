"""What a board says about itself."""
from dataclasses import dataclass

from sw.contract import strictjson
from sw.contract.errors import SpikeplaneError

from .errors import LinkError

__all__ = ["Identity"]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Everything a host needs to compile a network for a board.

    Parameters
    ----------
    board
        Name of the board.
    version, revision
        Of the kit, and of the hardware's sources, that the bitstream was built from.
    clock
        Cycles per second.
    memory_bytes
        Of the memory that holds programs, weights and images.
    core
        Every field of ``hw.config.CoreConfig``; ``core_digest`` is its digest.
    """
    board: str
    version: str
    revision: str
    clock: int
    memory_bytes: int
    core: dict
    core_digest: str

    @classmethod
    def parse(cls, text: bytes) -> "Identity":
        """From the JSON that the board holds; one that is not whole and sound is refused."""
        where = "identity of the board"
        try:
            values = strictjson.parse(text, where)
            if not isinstance(values, dict):
                raise SpikeplaneError(f"{where}: must be an object, not {strictjson.shown(values)}")
            fields = {name: strictjson.take(values, name, kind, where)
                      for name, kind in cls.__annotations__.items()}
            for name in ("clock", "memory_bytes"):
                if fields[name] < 1:
                    raise SpikeplaneError(f"{where}: {name} must be positive, not {fields[name]}")
            for name in ("lanes", "word_channels", "memory_bits"):
                if strictjson.take(fields["core"], name, int, where) < 1:
                    raise SpikeplaneError(f"{where}: core field {name} must be positive")
        except SpikeplaneError as error:
            raise LinkError(f"{error}; flash a bitstream of this version of the kit") from None
        return cls(**fields)

    @property
    def kit(self) -> str:
        """Version and revision of the kit, as far as they are known."""
        return " ".join(filter(None, (self.version, self.revision)))

    @property
    def memory_word(self) -> int:
        """Bytes of a memory word: what addresses and lengths are multiples of."""
        return self.core["memory_bits"] // 8

    @property
    def spike_word(self) -> int:
        """Bytes of a word of the spike memory."""
        return self.core["lanes"] * self.core["word_channels"] // 8
