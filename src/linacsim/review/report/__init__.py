"""Reports that open from disk: the page frame, and the report of a delivery."""

from linacsim.review.report.page import (
    SAFETY,
    Block,
    Facts,
    Heading,
    Mood,
    Notice,
    Page,
    Picture,
    Section,
    Table,
    Text,
)
from linacsim.review.report.render import check_target, render, write_page

__all__ = [
    "SAFETY",
    "Block",
    "Facts",
    "Heading",
    "Mood",
    "Notice",
    "Page",
    "Picture",
    "Section",
    "Table",
    "Text",
    "check_target",
    "render",
    "write_page",
]
