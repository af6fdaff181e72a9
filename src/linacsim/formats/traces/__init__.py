"""Breathing and motion traces: readers, writers and what is in them (docs/reference/traces.md)."""

from linacsim.formats.traces.columns import ColumnMap, column_map_from
from linacsim.formats.traces.policy import Action, Policy, policy_from
from linacsim.formats.traces.raw import ReadOptions
from linacsim.formats.traces.reader import read_trace
from linacsim.formats.traces.statistics import trace_info
from linacsim.formats.traces.writer import write_trace

__all__ = [
    "Action",
    "ColumnMap",
    "Policy",
    "ReadOptions",
    "column_map_from",
    "policy_from",
    "read_trace",
    "trace_info",
    "write_trace",
]
