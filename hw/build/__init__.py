"""From a board's description to its bitstream, and what the tools say about it."""
