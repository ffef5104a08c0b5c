"""The hardware half: the Amaranth core, the compiler of its programs, and the boards."""
