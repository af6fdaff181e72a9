"""The shape of a breath as a mean and two harmonics of the phase, learned sample by sample.

The weights follow the motion by least mean squares: the Fourier linear combiner of Vaz and Thakor,
IEEE Trans Biomed Eng 36 (1989) 448-455. What the shape leaves unexplained tells how periodic the
motion is, and its product with the shape's slope by how much the phase is ahead or behind, as in
the weighted-frequency combiner of Riviere, Rader and Thakor, IEEE Trans Biomed Eng 45 (1998)
839-846.
"""

import math

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
        self._mean = self._cos = self._sin = self._cos2 = self._sin2 = 0.0
        self._unexplained = 0.0

    def begin(self, mean_cm: float, amplitude_cm: float) -> None:
        """Start from a sine with full inhale at phase 0; the combiner then has less to learn."""
        self._mean, self._cos = mean_cm, amplitude_cm
        self._sin = self._cos2 = self._sin2 = 0.0
        self._unexplained = 0.5 * amplitude_cm * amplitude_cm

    def at(self, phase: float) -> tuple[float, float]:
        """Return position in cm and its slope in cm per radian."""
        c, s = math.cos(phase), math.sin(phase)
        c2, s2 = c * c - s * s, 2 * c * s
        position = self._mean + self._cos * c + self._sin * s + self._cos2 * c2 + self._sin2 * s2
        slope = self._sin * c - self._cos * s + 2 * (self._sin2 * c2 - self._cos2 * s2)
        return position, slope

    def learn(self, phase: float, value_cm: float, cycles: float) -> float:
        """Take in a sample `cycles` of a period after the last; return phase lag in radians.

        The lag is what the sample alone says; the caller decides how far to believe it.
        """
        c, s = math.cos(phase), math.sin(phase)
        c2, s2 = c * c - s * s, 2 * c * s
        position = self._mean + self._cos * c + self._sin * s + self._cos2 * c2 + self._sin2 * s2
        slope = self._sin * c - self._cos * s + 2 * (self._sin2 * c2 - self._cos2 * s2)
        error = value_cm - position
        steepness = self._cos**2 + self._sin**2 + 4 * (self._cos2**2 + self._sin2**2)
        lag = 2 * error * slope / steepness if steepness > 0 else 0.0
        step = min(LARGEST_STEP, cycles / LEARN_CYCLES) * error
        self._mean += 0.5 * step
        self._cos += step * c
        self._sin += step * s
        self._cos2 += step * c2
        self._sin2 += step * s2
        judge = min(1.0, cycles / JUDGE_CYCLES)
        self._unexplained += judge * (error * error - self._unexplained)
        return lag

    def quality(self) -> float:
        """Return 1 less the RMS of the unexplained part over that of the shape; never below 0."""
        shape = 0.5 * (self._cos**2 + self._sin**2 + self._cos2**2 + self._sin2**2)
        if not shape > 0:
            return 0.0
        return max(0.0, 1.0 - math.sqrt(self._unexplained / shape))
