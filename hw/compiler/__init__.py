"""Artefact and core configuration in, program out; and back from what the core did to layers.

``compile_network(artefact, config)`` gives a :class:`.program.Program`: its ``memory`` and
``image_bytes(images)`` are what the host writes, ``entry`` is the address it starts, and
:func:`.taps.decode` turns the core's taps of one run into arrays to compare.
"""
from .network import compile_network
from .program import Command, Program
from .taps import Decoded, decode

__all__ = ["Command", "Decoded", "Program", "compile_network", "decode"]
