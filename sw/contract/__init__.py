"""What every part of the kit agrees on: configuration, graph, artefact."""
