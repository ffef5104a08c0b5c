"""Netlists: a component as Yosys makes it out of a vendor's cells."""
