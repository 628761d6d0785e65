"""What somebody probably meant."""

from collections.abc import Iterable


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """The end of a sentence; empty where nothing is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes pay for it

    near = get_close_matches(word, list(words), n=3, cutoff=0.7)
    return f"; did you mean {' or '.join(near)}?" if near else ""
