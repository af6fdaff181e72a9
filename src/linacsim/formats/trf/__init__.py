"""TRF logs of Elekta's control systems: reader, writer, statistics, export.

The format and what real logs show: research/log-formats.md section 2; docs/reference/trf.md.
"""

from linacsim.formats.trf.export import EXPORT_FORMATS, export_trf
from linacsim.formats.trf.header import EMULATED_MACHINE, TrfHeader, trf_date
from linacsim.formats.trf.info import trf_info
from linacsim.formats.trf.log import ROW_S, TrfLog
from linacsim.formats.trf.reader import is_trf, parse_trf, read_trf
from linacsim.formats.trf.refresh import refreshed
from linacsim.formats.trf.rows import Followed, TrfRows, rows_of
from linacsim.formats.trf.writer import WRITABLE, rewritten, trf_bytes, write_trf

__all__ = [
    "EMULATED_MACHINE",
    "EXPORT_FORMATS",
    "ROW_S",
    "WRITABLE",
    "Followed",
    "TrfHeader",
    "TrfLog",
    "TrfRows",
    "export_trf",
    "is_trf",
    "parse_trf",
    "read_trf",
    "refreshed",
    "rewritten",
    "rows_of",
    "trf_bytes",
    "trf_date",
    "trf_info",
    "write_trf",
]
