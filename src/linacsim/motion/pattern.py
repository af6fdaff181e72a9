"""The shape of a breath as a mean and two harmonics of the phase, learned sample by sample.

The weights follow the motion by least mean squares: the Fourier linear combiner of Vaz, Kong and
Thakor, IEEE Trans Signal Process 42 (1994) 1-10. What the shape leaves unexplained tells how
periodic the motion is, and its product with the shape's slope by how much the phase is ahead or
behind, as in the weighted-frequency combiner of Riviere, Rader and Thakor, IEEE Trans Biomed Eng 45
(1998) 839-846.
"""

from math import cos, sin, sqrt

LEARN_CYCLES = 0.75
"""Cycles in which the shape takes on a new one."""
JUDGE_CYCLES = 0.5
"""Cycles over which the unexplained part is averaged."""
LARGEST_STEP = 0.4
"""Learning share of one sample at most; the combiner is stable below 0.8."""


class Pattern:
    """Position along the direction of breathing as a function of phase in radians."""

    def __init__(self) -> None:
        """Begin without any motion."""
        self._weights = (0.0, 0.0, 0.0, 0.0, 0.0)
        """Mean; cosine and sine of the phase; cosine and sine of twice the phase; in cm."""
        self._unexplained = 0.0

    def begin(self, mean_cm: float, amplitude_cm: float) -> None:
        """Start from a sine with full inhale at phase 0; the combiner then has less to learn."""
        self._weights = (mean_cm, amplitude_cm, 0.0, 0.0, 0.0)
        self._unexplained = 0.5 * amplitude_cm * amplitude_cm

    def at(self, phase: float) -> tuple[float, float]:
        """Return position in cm and its slope in cm per radian."""
        mean, a, b, a2, b2 = self._weights
        c, s = cos(phase), sin(phase)
        c2, s2 = c * c - s * s, 2 * c * s
        return mean + a * c + b * s + a2 * c2 + b2 * s2, b * c - a * s + 2 * (b2 * c2 - a2 * s2)

    def learn(self, phase: float, value_cm: float, cycles: float) -> float:
        """Take in a sample `cycles` of a period after the last; return phase lag in radians.

        The lag is what the sample alone says; the caller decides how far to believe it.
        """
        mean, a, b, a2, b2 = self._weights
        c, s = cos(phase), sin(phase)
        c2, s2 = c * c - s * s, 2 * c * s
        error = value_cm - (mean + a * c + b * s + a2 * c2 + b2 * s2)
        slope = b * c - a * s + 2 * (b2 * c2 - a2 * s2)
        steepness = a * a + b * b + 4 * (a2 * a2 + b2 * b2)
        share = cycles / LEARN_CYCLES
        step = error * (share if share < LARGEST_STEP else LARGEST_STEP)
        self._weights = (
            mean + 0.5 * step,
            a + step * c,
            b + step * s,
            a2 + step * c2,
            b2 + step * s2,
        )
        judge = cycles / JUDGE_CYCLES
        self._unexplained += (judge if judge < 1 else 1.0) * (error * error - self._unexplained)
        return 2 * error * slope / steepness if steepness > 0 else 0.0

    def quality(self) -> float:
        """Return 1 less the RMS of the unexplained part over that of the shape; never below 0."""
        _, a, b, a2, b2 = self._weights
        shape = 0.5 * (a * a + b * b + a2 * a2 + b2 * b2)
        if self._unexplained >= shape:
            return 0.0
        return 1.0 - sqrt(self._unexplained / shape)
