"""One thread for each test process: pytest-xdist is what uses the cores."""
import os

# Read when numpy and torch are loaded, which is after this.
os.environ.setdefault("OMP_NUM_THREADS", "1")
