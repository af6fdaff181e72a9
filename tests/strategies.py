"""Random beams and their parts, for property tests of everything that takes a beam."""

from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import strategies as st

from linacsim.model.acquisition import (
    Acquisition,
    AcquisitionParameters,
    AcquisitionSpecs,
    HistogramRoi,
    ImageProcessing,
    KvParameters,
    Mode,
    Movie,
    MovieParameters,
    MvParameters,
    Overwrite,
    RadiusMarker,
    VolumeMarker,
)
from linacsim.model.axes import N_SINGLE
from linacsim.model.beam import LEAF_PAIRS, Beam, ControlPoints, SubBeam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import (
    ArmAxes,
    ArmPosition,
    BladePositions,
    BladeTolerances,
    ImagingParameters,
    ImagingPoint,
    ImagingTolerances,
    KvBlades,
    KvFilters,
    OutsideTreatment,
)
from linacsim.model.motion import (
    AcquisitionTrigger,
    ActionWindow,
    AmplitudeFitSurrogateModel,
    BasicMotionCompensation,
    BasicMotionModel,
    BasicSurrogateModel,
    Coefficients,
    FitData,
    GatingMotionModel,
    GatingParameters,
    GatingWindow,
    ModelSystem,
    MotionManagementParameters,
    Placement,
    PlugIn,
    Quaternion,
    TrackingSource,
    Vector,
)
from linacsim.model.tracking import (
    ConformityTolerance,
    Tracking,
    TrackingAxes,
    TrackingAxis,
    TrackingMlc,
    TrackingPhase,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
NOT_NEGATIVE = st.floats(0, 1e6)
INTS = st.integers(-(2**31), 2**31 - 1)
UNSIGNED = st.integers(0, 2**31 - 1)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n\r<&>\"'"),
    max_size=12,
)
TOKENS = st.sampled_from(["6x", "MU", "Target_fixed.X", "a & b", "<x>", "é", "long token"])
MOTION_TYPES = st.sampled_from(["target", "baseline"])
RAW = st.lists(
    st.sampled_from(
        [
            '<Tool a="1">x</Tool>',
            "<Empty/>",
            '<n:Item xmlns:n="urn:x"><n:Part/></n:Item>',
            "<Deep><Deeper>a &amp; b</Deeper></Deep>",
        ]
    ),
    max_size=3,
).map(tuple)
AXES = ("GantryRtn", "CollRtn", "CouchVrt", "CouchLat", "CouchLng", "CouchRtn")
TOLERANCE_AXES = (*AXES, "CouchPit", "CouchRol", "Y12", "X12")
VELOCITY_AXES = (*AXES, "CouchPit", "CouchRol", "X1", "X2", "Y1", "Y2")


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return the strategy or None."""
    return st.none() | strategy


def rows(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    """Return short tuples."""
    return st.lists(strategy, min_size=least, max_size=least + 2).map(tuple)


def tables(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Return read-only tables of numbers."""
    return st.dictionaries(st.sampled_from(names), NUMBERS, max_size=4).map(MappingProxyType)


def either(first: str, one: Any, second: str, other: Any) -> st.SearchStrategy[Any]:
    """Return keyword arguments with one of two fields set."""
    return st.fixed_dictionaries({first: one}) | st.fixed_dictionaries({second: other})


MODES = st.builds(Mode, TEXTS, rows(st.builds(Overwrite, TEXTS, TEXTS)))
MOVIES = st.builds(
    Movie,
    maybe(TEXTS),
    maybe(
        st.builds(
            MovieParameters,
            *(maybe(kind) for kind in (INTS, INTS, NUMBERS, st.booleans(), st.booleans())),
            *(maybe(kind) for kind in (INTS, INTS, INTS, NUMBERS)),
        )
    ),
)
PROCESSING = st.builds(
    ImageProcessing,
    UNSIGNED,
    TEXTS,
    st.booleans(),
    rows(
        st.builds(RadiusMarker, TEXTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
        | st.builds(VolumeMarker, TEXTS, NUMBERS, NUMBERS, NUMBERS, TEXTS, TEXTS),
        least=1,
    ),
    maybe(NUMBERS),
)
MV = st.builds(MvParameters, maybe(TOKENS), maybe(NUMBERS))
KV = st.builds(
    KvParameters,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    maybe(st.sampled_from(["Small", "Large"])),
    maybe(st.sampled_from(["None", "Low", "High"])),
    maybe(st.booleans()),
    maybe(st.booleans()),
    maybe(INTS),
)
PARAMETERS = st.builds(
    lambda source, *parts: AcquisitionParameters(*parts, **source),
    st.just({}) | either("mv", MV, "kv", KV),
    MODES,
    maybe(MODES),
    maybe(TEXTS),
    rows(TEXTS),
    rows(TEXTS),
    maybe(MOVIES),
    maybe(st.booleans()),
    maybe(st.booleans()),
    maybe(st.builds(HistogramRoi, INTS, INTS, INTS, INTS)),
    maybe(PROCESSING),
)
VECTORS = st.builds(Vector, NUMBERS, NUMBERS, NUMBERS)
PLACEMENTS = st.builds(Placement, VECTORS, maybe(VECTORS), maybe(VECTORS), maybe(VECTORS))
PLUG_INS = st.builds(PlugIn, TEXTS, TEXTS, RAW)
FITS = st.builds(
    FitData,
    st.sampled_from(["Static", "Linear", "Quadratic", "Cubic", "Planar"]),
    st.builds(Coefficients, NUMBERS, maybe(NUMBERS), maybe(NUMBERS), maybe(NUMBERS)),
)
TRIGGERS = st.builds(
    AcquisitionTrigger,
    st.sampled_from(["MV", "KV"]),
    maybe(NUMBERS),
    maybe(st.booleans()),
    maybe(st.booleans()),
    maybe(st.booleans()),
)
WINDOWS = st.builds(
    ActionWindow,
    st.sampled_from(["Basic", "Segmental"]),
    TOKENS,
    NUMBERS,
    NUMBERS,
    *(maybe(kind) for kind in (st.booleans(), st.booleans(), st.booleans())),
    *(maybe(kind) for kind in (NUMBERS, NUMBERS, NUMBERS, st.booleans())),
    rows(TRIGGERS),
)
SOURCES = st.builds(
    TrackingSource,
    TEXTS,
    PARAMETERS,
    maybe(
        st.builds(BasicSurrogateModel, maybe(PLACEMENTS))
        | st.builds(AmplitudeFitSurrogateModel, FITS, FITS, FITS)
        | PLUG_INS
    ),
    maybe(st.just(BasicMotionModel()) | st.builds(GatingMotionModel, maybe(VECTORS)) | PLUG_INS),
    rows(WINDOWS),
)
MOTION = st.builds(
    MotionManagementParameters,
    maybe(st.builds(ModelSystem, PLACEMENTS, *[maybe(NUMBERS)] * 6)),
    rows(SOURCES),
    maybe(
        st.builds(BasicMotionCompensation, maybe(TEXTS), maybe(st.booleans()), rows(VECTORS))
        | PLUG_INS
    ),
    rows(WINDOWS),
)
ARM_AXES = st.builds(ArmAxes, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
ARMS = either(
    "special",
    st.sampled_from(["retracted", "mid", "extended", "none"]),
    "positions",
    ARM_AXES,
).map(lambda fields: ArmPosition(**fields))
BLADES = either(
    "tracking", st.booleans(), "positions", st.builds(BladePositions, *[maybe(NUMBERS)] * 4)
).map(lambda fields: KvBlades(**fields))
FILTERS = st.integers(0, 2)


def acquisitions(dialects: bool) -> st.SearchStrategy[Any]:
    """Return acquisitions, with 1.x gating if `dialects`."""
    gating = maybe(TOKENS) if dialects else st.none()
    specs = st.builds(
        AcquisitionSpecs, maybe(st.booleans()), maybe(st.booleans()), maybe(NUMBERS), gating
    )
    return st.builds(Acquisition, INTS, specs, maybe(PARAMETERS))


def imaging_points(dialects: bool) -> st.SearchStrategy[Any]:
    """Return imaging points."""
    images = acquisitions(dialects)
    return st.builds(
        ImagingPoint,
        NUMBERS,
        rows(images),
        rows(images),
        rows(images),
        maybe(st.builds(KvFilters, maybe(FILTERS), maybe(FILTERS))),
        maybe(BLADES),
        *[maybe(ARMS)] * 6,
    )


TRIGGERS_1X = [
    st.builds(AcquisitionTrigger, st.just(f"{beam}AcquisitionTrigger"), maybe(NUMBERS))
    for beam in ("MV", "KV")
]
GATING = st.builds(
    GatingParameters,
    st.sampled_from(["BreathingPhase", "BreathingAmplitude", "PassThrough"]),
    rows(
        st.builds(
            GatingWindow, NUMBERS, NUMBERS, maybe(TOKENS), maybe(st.booleans()), maybe(NUMBERS)
        ),
        least=1,
    ),
    maybe(NUMBERS),
    maybe(st.booleans()),
    maybe(TOKENS),
    maybe(VECTORS),
    maybe(st.builds(Quaternion, NUMBERS, NUMBERS, NUMBERS, NUMBERS)),
    *(maybe(trigger) for trigger in TRIGGERS_1X),
)
BLADE_TOLERANCES = st.builds(BladeTolerances, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


def imaging(dialects: bool = False) -> st.SearchStrategy[Any]:
    """Return imaging parameters, with elements of 1.x if `dialects`."""
    only_1x = {
        "gating": maybe(GATING),
        "custom_target_permission": maybe(st.booleans()),
        "imaging_velocities": tables(AXES),
    }
    return st.builds(
        ImagingParameters,
        rows(imaging_points(dialects), least=1),
        maybe(st.builds(OutsideTreatment, NOT_NEGATIVE)),
        maybe(st.booleans()),
        maybe(st.booleans()),
        st.builds(ImagingTolerances, *[maybe(ARM_AXES)] * 3, maybe(BLADE_TOLERANCES)),
        maybe(MOTION),
        itools=RAW,
        **(only_1x if dialects else {}),
    )


TRACKING_AXES = st.builds(TrackingAxis, maybe(NOT_NEGATIVE), maybe(MOTION_TYPES))
TRACKING = st.builds(
    Tracking,
    maybe(
        st.builds(
            TrackingAxes,
            *[maybe(TRACKING_AXES)] * 5,
            maybe(
                st.builds(TrackingMlc, maybe(MOTION_TYPES), maybe(INTS), *[maybe(NOT_NEGATIVE)] * 3)
            ),
            maybe(st.builds(TrackingPhase, maybe(st.floats(0, 359)))),
        )
    ),
    maybe(st.builds(ConformityTolerance, NOT_NEGATIVE, NOT_NEGATIVE)),
    maybe(st.floats(0, 1)),
)
HOLD_DEVICES = st.builds(
    BeamHoldDevice, maybe(INTS), maybe(st.booleans()), maybe(st.booleans()), maybe(st.booleans())
)
SUB_BEAMS = st.builds(
    SubBeam, UNSIGNED, maybe(TEXTS), maybe(TEXTS), maybe(NUMBERS), maybe(st.booleans())
)


@st.composite
def control_points(draw: st.DrawFn, pairs: int, dialects: bool = False) -> ControlPoints:
    """Return one to five sparse control points; the first holds what it must."""
    n = draw(st.integers(1, 5))
    mu = np.array([0.0, *(draw(st.just(np.nan) | NOT_NEGATIVE) for _ in range(n - 1))])
    axes = np.full((n, N_SINGLE), np.nan)
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, n - 1)), draw(st.integers(0, N_SINGLE - 1))
        axes[place] = draw(NUMBERS)
    leaves = np.full((n, 2 * pairs), np.nan)
    for index in draw(st.sets(st.integers(0, n - 1))):
        leaves[index] = draw(leaf_positions(pairs))
    later = st.integers(0, n - 1)

    def sparse(kind: st.SearchStrategy[Any], first: Any = None) -> MappingProxyType[int, Any]:
        values = draw(st.dictionaries(later, kind, max_size=2))
        return MappingProxyType(values if first is None else {**values, 0: draw(first)})

    return ControlPoints(
        mu=mu,
        axes=axes,
        leaves=leaves,
        line=np.zeros(n, np.int64),
        energy=sparse(TOKENS, TOKENS),
        dose_rate=sparse(NOT_NEGATIVE, NOT_NEGATIVE),
        sub_beam=sparse(SUB_BEAMS, SUB_BEAMS),
        progress_event=sparse(TEXTS),
        phase=sparse(st.floats(0, 359)),
        work_object=sparse(TEXTS) if dialects else MappingProxyType({}),
        second_leaves=sparse(leaf_positions(pairs)),
    )


@st.composite
def leaf_positions(draw: st.DrawFn, pairs: int) -> np.ndarray:
    """Return (2 * pairs,) positions: short decimals, or numbers with many digits or exponents."""
    values = np.random.default_rng(draw(st.integers(0, 2**32))).uniform(-20, 20, 2 * pairs)
    decimals = draw(st.sampled_from([0, 1, 3, 5, None]))
    values = values if decimals is None else values.round(decimals)
    for place in draw(st.sets(st.integers(0, 2 * pairs - 1), max_size=2)):
        values[place] = draw(NUMBERS)
    return values


@st.composite
def beams(draw: st.DrawFn, dialects: bool = False) -> Beam:
    """Return a beam with any element of the 2.0 schema, and of 1.x and 4 if `dialects`.

    The beam can be written and read without errors; it is rarely one that a machine could deliver.
    """
    mlc_model = draw(st.sampled_from(sorted(LEAF_PAIRS)))
    modes = ["FTM", "ISTM", "QATM", "QATM_VERIFICATION", "MCTM"] + ["MPC"] * dialects
    points = draw(control_points(LEAF_PAIRS[mlc_model], dialects))
    couch_is_named = not np.isnan(points.axes[:, 2:8]).all()
    return Beam(
        id=draw(INTS),
        mlc_model=mlc_model,
        control_points=points,
        accessories=draw(st.tuples(*[maybe(INTS)] * 4)),
        tolerances=draw(tables(TOLERANCE_AXES)),
        velocities=draw(tables(VELOCITY_AXES)),
        imaging=draw(maybe(imaging(dialects))),
        beam_hold_devices=draw(rows(HOLD_DEVICES)),
        tracking=draw(maybe(TRACKING)),
        treatment_mode=draw(maybe(st.sampled_from(modes))),
        guid=draw(maybe(TEXTS)),
        trajectory_upload_info=draw(maybe(TEXTS)),
        schema_version=draw(maybe(TEXTS)),
        couch_is_isocentric=dialects and couch_is_named and draw(st.booleans()),
    )
