"""TrueBeam XML beams in and out (manual, Appendix A; research/real-data.md 1b).

`read_beam` and `parse_beam` read the dialects 1.x, 2.0 and 4; `write_beam` and `beam_to_xml`
write 2.0; `mend` writes a corrected copy of a file.
"""

from linacsim.formats.truebeam_xml.mending import mend
from linacsim.formats.truebeam_xml.reader import ReadResult, parse_beam, read_beam
from linacsim.formats.truebeam_xml.writer import beam_to_xml, write_beam

__all__ = ["ReadResult", "beam_to_xml", "mend", "parse_beam", "read_beam", "write_beam"]
