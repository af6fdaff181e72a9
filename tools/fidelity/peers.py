"""What others have published, with its source."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """One published figure."""

    key: str
    """Which of ours stands beside it."""
    figure: str
    who: str
    theirs: str
    source: str


_SIMULATOR = "delivery simulator for browsers"
_SIMULATOR_SOURCE = (
    "Varian DICOM RT Plan Delivery Simulator 1.2.0, its documentation of September 2026 "
    "(github.com/Varian-MedicalAffairsAppliedSolutions/PlanDeliverySimulator): four calibrated "
    "arcs, each predicted from the other three; 0.4 s averages. Uncalibrated, a user saw times 10 "
    "to 15 % too short."
)
_VERSA = "regression on Versa HD logs"
_VERSA_SOURCE = (
    "Sivabhaskar et al. 2022, J Appl Clin Med Phys, doi 10.1002/acm2.13667: 160 logs of another "
    "maker's machine, best of four methods, read as abstract."
)
_TREES = "boosted trees on TrueBeam logs"
_TREES_SOURCE = (
    "Murugan et al. 2025, Phys Med 105064: 32 logs of an HD120, learned from such logs, read as "
    "abstract."
)

PEERS = (
    Peer("length", "length of an arc, mean absolute", _SIMULATOR, "1.03 s", _SIMULATOR_SOURCE),
    Peer(
        "length",
        "length of an arc, mean and SD",
        "time model from constraints",
        "-0.8 +/- 0.8 s",
        "Miura et al. 2026, PubMed 42645749: 26 arcs of a TrueBeam STx; second-hand, abstract.",
    ),
    Peer("crossing", "arrival at control points, mean", _SIMULATOR, "0.985 s", _SIMULATOR_SOURCE),
    Peer("gantry", "gantry speed, mean", _SIMULATOR, "0.65 deg/s", _SIMULATOR_SOURCE),
    Peer("leaf", "speed of the fastest leaf, mean", _SIMULATOR, "2.44 mm/s", _SIMULATOR_SOURCE),
    Peer("dose", "dose rate, mean", _SIMULATOR, "46 MU/min", _SIMULATOR_SOURCE),
    Peer("leaf error", "leaf error, mean", _VERSA, "0.141 mm", _VERSA_SOURCE),
    Peer("leaf error", "leaf error, mean", _TREES, "0.0019 mm", _TREES_SOURCE),
    Peer("gantry error", "gantry error, mean", _TREES, "0.012 to 0.015 deg", _TREES_SOURCE),
)
