"""Counts the words of a text."""

import re
from collections import Counter


def most_frequent(text: str, top: int = 10) -> list[tuple[str, int]]:
    """The most frequent words, the most frequent first; of two that are as frequent, the one that came first."""
    words = re.findall(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*", text.lower())
    return Counter(words).most_common(top)
