"""Many short decimal numbers at once: blank-separated texts to an array, faster than one by one.

Each number is loaded as one 64-bit word that ends with its last digit; the decimal point is
squeezed out and the digits are added up by three multiplications. A number of at most eight
digits and its power of ten are exact in double precision, so their quotient is the double that
`float` would give.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linacsim.model.arrays import Floats

LONGEST = 8
"""Characters of a number without its sign."""
_PAD = b" " * LONGEST
_BLANK, _MINUS, _POINT = 0x20, 0x2D, 0x2E
_ZERO, _NINE = np.uint8(0x30), np.uint8(9)
Words = NDArray[np.uint64]


def _every_byte(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_LAST = np.array([(1 << 64) - (1 << 8 * (8 - n)) for n in range(8)] + [(1 << 64) - 1], np.uint64)
"""Masks of the last n characters of a word."""
_LAST[0] = 0
_POINTS, _ONES, _HIGH, _DIGITS = (_every_byte(byte) for byte in (_POINT, 0x01, 0x80, 0x0F))
_SIGN = np.array([1.0, -1.0])
_POWERS = 10.0 ** np.arange(LONGEST + 1)
_STEPS = (
    (np.uint64(2561), np.uint64(8), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(6553601), np.uint64(16), np.uint64(0x0000FFFF0000FFFF)),
    (np.uint64(42949672960001), np.uint64(32), np.uint64(0xFFFFFFFF)),
)
"""Factor, shift and mask that join digits in pairs, fours and eights."""
_ONE, _SEVEN, _EIGHT = np.uint64(1), np.uint64(7), np.uint64(8)
_BYTE, _POINT_BYTE = np.uint64(0xFF), np.uint64(_POINT)


def parse_decimals(texts: Sequence[bytes], each: int) -> Floats | None:
    """Return (len(texts), each) numbers of texts that hold `each` numbers, one blank between two.

    There must be at least one text. None if any text is anything else, or if a number has an
    exponent or is longer than `LONGEST`.
    """
    octets = np.frombuffer(b"".join((_PAD, b" ".join(texts), b" ")), np.uint8)
    signs = [int(np.count_nonzero(octets == sign)) for sign in (_BLANK, _MINUS, _POINT)]
    if np.count_nonzero(octets - _ZERO <= _NINE) + sum(signs) < len(octets):
        return None
    blanks = np.flatnonzero(octets[LONGEST:] == _BLANK)
    if len(blanks) != len(texts) * each or not _aligned(blanks, texts, each):
        return None
    starts = np.concatenate(([0], blanks[:-1] + 1)) + LONGEST
    negative = octets.take(starts) == _MINUS
    lengths = blanks + LONGEST - starts - negative
    if lengths.min(initial=1) < 1 or lengths.max(initial=1) > LONGEST:
        return None
    if signs[1] != np.count_nonzero(negative):
        return None
    values = _unsigned(octets, blanks, lengths, signs[2])
    if values is None:
        return None
    values *= _SIGN.take(negative)
    return values.reshape(len(texts), each)


def _aligned(blanks: NDArray[np.intp], texts: Sequence[bytes], each: int) -> bool:
    """Return whether each text ends after `each` numbers."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)) + 1) - 1
    return bool(np.array_equal(blanks[each - 1 :: each], ends))


def _unsigned(
    octets: NDArray[np.uint8], ends: NDArray[np.intp], lengths: NDArray[np.intp], points: int
) -> Floats | None:
    overlapping: Words = np.ndarray((len(octets) - 7,), np.dtype("<u8"), octets, strides=(1,))
    words = overlapping.take(ends)
    words &= _LAST.take(lengths)
    if not points:
        return _joined_digits(words)
    point = _point_bits(words[:1])
    if points == len(words) and _have_point_at(words, point):
        return None if lengths.min() < 2 else _joined_digits(*_without_point(words, point))
    point = _point_bits(words)
    present = point != 0
    if np.count_nonzero(present) != points or (lengths - present).min() < 1:
        return None
    squeezed, powers = _without_point(words, point)
    return _joined_digits(np.where(present, squeezed, words), powers)


def _point_bits(words: Words) -> Words:
    """Return words with the high bit set in the byte that holds a decimal point."""
    differs = words ^ _POINTS
    return (differs - _ONES) & ~differs & _HIGH


def _have_point_at(words: Words, point: Words) -> bool:
    """Return whether all words have their point where the first has its own."""
    one = point >> _SEVEN
    return bool(point[0]) and bool(((words & (one * _BYTE)) == one * _POINT_BYTE).all())


def _without_point(words: Words, point: Words) -> tuple[Words, Floats]:
    """Move the digits before the point over it; return words and powers of ten to divide by.

    `point` is one for each word, or one for all of them; without a point the power is 1.
    """
    after = ~((point << _ONE) - _ONE)
    before = (point >> _SEVEN) - _ONE
    squeezed = (words & after) | ((words & before) << _EIGHT)
    return squeezed, _POWERS.take(np.bitwise_count(after) >> 3)


def _joined_digits(words: Words, powers: Floats | None = None) -> Floats:
    values = words & _DIGITS
    for factor, shift, mask in _STEPS:
        values *= factor
        values >>= shift
        values &= mask
    numbers = values.astype(np.float64)
    if powers is not None:
        numbers /= powers
    return numbers
