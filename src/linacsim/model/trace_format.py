"""Names of trace formats, apart from the arrays of a trace so that commands start at once."""

from enum import StrEnum


class TraceFormat(StrEnum):
    """Formats of trace files (research/log-formats.md section 4)."""

    VXP = "vxp"
    """Varian VXP 1.5 and 1.6, exported by RPM and RGSC."""
    RPM_DAT = "rpm-dat"
    """RPM's own files, 1.4 and 1.7."""
    ROBOT = "robot"
    """Plain columns t x y z and three angles; s, mm, deg; also without time."""
    CSV = "csv"
    """A table with declared columns."""
    TREATMENT = "treatment"
    """TrueBeam treatment trace in text blocks."""
    CBCT = "cbct"
    """CBCT trace: one amplitude per line."""
