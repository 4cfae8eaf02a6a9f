"""Random streams: a number belongs to a seed and a purpose, so it stays the same whatever else is drawn."""

import zlib

import numpy as np

__all__ = ["stream", "stream_of_man", "word_of"]


def word_of(purpose: str) -> int:
    """Return the 32 bits that stand for a purpose.

    Examples
    --------
    >>> word_of("age") == word_of("bmi")
    False
    """
    return zlib.crc32(purpose.encode())


def stream(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """Return the stream of a seed and a purpose, or one of many that are numbered."""
    return np.random.Generator(np.random.Philox(key=[seed, word_of(purpose)], counter=[number, 0, 0, 0]))


def stream_of_man(seed: int, purpose: str, man: int) -> np.random.Generator:
    """Return the stream of a man of a trial, where seeds are of 32 bits and men are as many as 64 bits count."""
    return np.random.Generator(np.random.Philox(key=np.array([(seed << 32) + word_of(purpose), man], dtype=np.uint64)))
