"""What lies in memory behind a compiled network: a program of one command, and the log of a run."""
from sw.contract.link import LOG_RECORD_WORDS, LOG_RESULT_WORDS

from ..core.layouts import COMMAND_BITS
from .program import Program

__all__ = ["log_address", "memory_needed", "scratch_address"]

_ALIGN = 64
_SCRATCH = 2 * COMMAND_BITS // 8
"""Bytes of a command and HALT."""


def scratch_address(program: Program) -> int:
    """Where there is room for a program of one command: behind the program and its images."""
    return -(-len(program.memory) // _ALIGN) * _ALIGN


def log_address(program: Program) -> int:
    """Where logs begin."""
    return scratch_address(program) + _SCRATCH


def memory_needed(program: Program) -> int:
    """Bytes of memory that a network takes with its log and the room for one command."""
    config, classes = program.config, program.graph[-1].shape[0]
    labels = -(-classes // config.pass_channels) * config.pass_channels
    words = (len(program.commands) * LOG_RECORD_WORDS
             + program.images * labels * LOG_RESULT_WORDS)
    return -(-(log_address(program) + 4 * words) // _ALIGN) * _ALIGN
