"""Trajectory logs of the Varian TrueBeam: reader, writer, companion text, export.

Formats by version and what real logs show: research/log-formats.md sections 1, 6.3, 6.4 and 8;
what is written here: docs/reference/trajectory-log.md.
"""

from linacsim.formats.trajectory_log.companion import read_companion
from linacsim.formats.trajectory_log.errors import LogWriteError
from linacsim.formats.trajectory_log.export import EXPORT_FORMATS, export_log
from linacsim.formats.trajectory_log.info import log_info
from linacsim.formats.trajectory_log.layout import RECORDING_LIMIT_S, WRITABLE, AxisCode
from linacsim.formats.trajectory_log.log import Column, TrajectoryLog
from linacsim.formats.trajectory_log.names import log_file_name
from linacsim.formats.trajectory_log.reader import parse_log, read_log
from linacsim.formats.trajectory_log.records import (
    BeamRecord,
    FileHeader,
    LogHeader,
    beam_records,
)
from linacsim.formats.trajectory_log.sampling import RecordingWindow
from linacsim.formats.trajectory_log.storage import ready_folder
from linacsim.formats.trajectory_log.writer import TrajectoryLogWriter, log_bytes

__all__ = [
    "EXPORT_FORMATS",
    "RECORDING_LIMIT_S",
    "WRITABLE",
    "AxisCode",
    "BeamRecord",
    "Column",
    "FileHeader",
    "LogHeader",
    "LogWriteError",
    "RecordingWindow",
    "TrajectoryLog",
    "TrajectoryLogWriter",
    "beam_records",
    "export_log",
    "log_bytes",
    "log_file_name",
    "log_info",
    "parse_log",
    "read_companion",
    "read_log",
    "ready_folder",
]
