"""The core, one component per file; `core.py` wires them."""
