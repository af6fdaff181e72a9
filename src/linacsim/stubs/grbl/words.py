"""G-code lines as words."""

import re
from typing import NamedTuple

_WORD = re.compile(r"([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))?")
_COMMENT = re.compile(r"\([^)]*\)|;.*")
AXES = "XYZ"


class Refused(Exception):
    """A line is answered by `error:N`."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        super().__init__(f"error:{code}")
        self.code = code


class Word(NamedTuple):
    """A letter and its number."""

    letter: str
    value: float


def bare(line: str) -> str:
    """Return a line without blanks and comments, in capitals."""
    return "".join(_COMMENT.sub("", line).split()).upper()


def words_of(text: str) -> list[Word]:
    """Return the words of a bare line. Raises Refused: 1 for a letter, 2 for a number."""
    words: list[Word] = []
    at = 0
    while at < len(text):
        form = _WORD.match(text, at)
        if form is None:
            raise Refused(1)
        if form[2] is None:
            raise Refused(2)
        words.append(Word(form[1], float(form[2])))
        at = form.end()
    return words
