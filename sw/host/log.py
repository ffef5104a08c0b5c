"""The log that a board writes during a run: logits and counters; see docs/link.md."""
import numpy as np

from sw.contract.link import LOG_RECORD_WORDS, LOG_RESULT_WORDS, LogTag

from .errors import LinkError

__all__ = ["RECORDS", "RESULTS", "parse_log"]

RESULTS = np.dtype([("image", "<u4"), ("label", "<u4"), ("value", "<i4")])
"""A logit."""
RECORDS = np.dtype([(name, "<u4") for name in (
    "opcode", "index", "begin", "cycles", "compute", "stall", "skipped", "spikes")])
"""Counters of a command."""


def parse_log(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Results and records of a whole log, in the order of time.

    Raises
    ------
    LinkError
        The words are not a sequence of entries.
    """
    words = np.frombuffer(data, "<u4")
    results, records = [], []
    at = 0
    while at < len(words):
        tag = words[at] & 0xFF
        size = {LogTag.RESULT: LOG_RESULT_WORDS, LogTag.RECORD: LOG_RECORD_WORDS}.get(int(tag))
        if size is None or at + size > len(words):
            raise LinkError(f"the log of the run is damaged at word {at} of {len(words)}: the "
                            "board's memory was changed meanwhile, or it is faulty")
        entry = words[at:at + size]
        if tag == LogTag.RESULT:
            results.append((entry[0] >> 8 & 0xFF, entry[0] >> 16, entry[1].astype(np.int32)))
        else:
            records.append((entry[0] >> 8, *entry[1:]))
        at += size
    return np.array(results, RESULTS), np.array(records, RECORDS)
