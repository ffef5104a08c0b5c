"""Verbs of the command line that concern hardware."""
