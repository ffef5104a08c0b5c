"""A core with its host link: everything on a board but clock, pins and memory."""
