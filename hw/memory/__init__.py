"""Memory backends: what lies behind the memory port of a board's system."""
