"""Boards without hardware: a simulated board behind a pty, a model of the link, faults between."""
