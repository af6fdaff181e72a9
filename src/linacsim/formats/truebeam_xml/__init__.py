"""TrueBeam XML beams in and out (manual, Appendix A; research/real-data.md 1b).

`read_beam` and `parse_beam` read the dialects 1.x, 2.0 and 4.
"""

from linacsim.formats.truebeam_xml.reader import ReadResult, parse_beam, read_beam

__all__ = ["ReadResult", "parse_beam", "read_beam"]
