"""Fluence maps of recordings, and how they are told apart by the gamma index."""

from linacsim.review.fluence.gamma import Criteria, Gamma, Method, gamma_index
from linacsim.review.fluence.grid import Rows
from linacsim.review.fluence.maps import DEFAULT_PIXEL_MM, Fluence, Side, fluence_of

__all__ = [
    "DEFAULT_PIXEL_MM",
    "Criteria",
    "Fluence",
    "Gamma",
    "Method",
    "Rows",
    "Side",
    "fluence_of",
    "gamma_index",
]
