"""The verbs of the software half and of the tools, one module each."""
