"""Order tables of ImagingParameters and what it holds (manual, Appendix A)."""

from collections.abc import Mapping
from types import MappingProxyType

from linacsim.formats.truebeam_xml.motion_schema import (
    ACQUISITION_PARAMETERS,
    ACQUISITION_TRIGGER,
    MOTION_MANAGEMENT,
    VECTOR,
)
from linacsim.formats.truebeam_xml.shapes import Flag, Part, Raw, Row, Shape
from linacsim.formats.truebeam_xml.values import (
    BOOL,
    DOUBLE,
    DOUBLE_OR_NONE,
    INT,
    TOKEN,
    integer,
    one_of,
)
from linacsim.model.acquisition import Acquisition, AcquisitionSpecs
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
from linacsim.model.motion import GatingParameters, GatingWindow, Quaternion


def axis_table(**values: float) -> Mapping[str, float]:
    """Return a table of axes by element name."""
    return MappingProxyType(values)


def table_shape(*names: str) -> Shape:
    """Return the shape of a table that may hold a number for each name."""
    return Shape(axis_table, tuple(Part(name, name, DOUBLE) for name in names))


_FILTER = integer(0, 2)
_ACQUISITION = Shape(
    Acquisition,
    (
        Part("AcquisitionId", "id", INT, least=1),
        Part(
            "AcquisitionSpecs",
            "specs",
            Shape(
                AcquisitionSpecs,
                (
                    Part("Handshake", "handshake", BOOL),
                    Part("KV", "kv", BOOL),
                    Part("MVDose", "mv_dose_mu", DOUBLE),
                    Part("Gating", "gating", TOKEN, only_in="1.x"),
                ),
            ),
            least=1,
        ),
        Part("AcquisitionParameters", "parameters", ACQUISITION_PARAMETERS),
    ),
)
_ARM_AXES = Shape(
    ArmAxes,
    (
        Part("Lat", "lat_cm", DOUBLE, least=1),
        Part("Lng", "lng_cm", DOUBLE, least=1),
        Part("Vrt", "vrt_cm", DOUBLE, least=1),
        Part("Pitch", "pitch_deg", DOUBLE, least=1),
    ),
)
_ARM_POSITION = Shape(
    ArmPosition,
    (
        Part("SpecialPosition", "special", one_of("retracted", "mid", "extended", "none")),
        Part("Positions", "positions", _ARM_AXES),
    ),
    exclusive=(("SpecialPosition", "Positions"),),
)
_KV_BLADES = Shape(
    KvBlades,
    (
        Part("Tracking", "tracking", BOOL),
        Part(
            "Positions",
            "positions",
            Shape(
                BladePositions,
                (
                    Part("KVX1", "kvx1_cm", DOUBLE_OR_NONE, least=1),
                    Part("KVX2", "kvx2_cm", DOUBLE_OR_NONE, least=1),
                    Part("KVY1", "kvy1_cm", DOUBLE_OR_NONE, least=1),
                    Part("KVY2", "kvy2_cm", DOUBLE_OR_NONE, least=1),
                ),
                ordered=False,
            ),
        ),
    ),
    exclusive=(("Tracking", "Positions"),),
    needed=(("Tracking", "Positions"),),
)
IMAGING_POINT = Shape(
    ImagingPoint,
    (
        Part("Cp", "cp", DOUBLE, least=1),
        Part("Acquisition", "acquisitions", _ACQUISITION, most=8),
        Part("AcquisitionStart", "starts", _ACQUISITION, most=8),
        Part("AcquisitionStop", "stops", _ACQUISITION, most=8),
        Part(
            "KvFilters",
            "kv_filters",
            Shape(
                KvFilters,
                (Part("Shape", "shape", _FILTER), Part("Foil", "foil", _FILTER)),
                ordered=False,
            ),
        ),
        Part("KvBlades", "kv_blades", _KV_BLADES),
        Part("Mvd", "mvd", _ARM_POSITION),
        Part("Kvd", "kvd", _ARM_POSITION),
        Part("Kvs", "kvs", _ARM_POSITION),
        Part("MvdAfter", "mvd_after", _ARM_POSITION),
        Part("KvdAfter", "kvd_after", _ARM_POSITION),
        Part("KvsAfter", "kvs_after", _ARM_POSITION),
    ),
)
_TOLERANCES = Shape(
    ImagingTolerances,
    (
        Part("Mvd", "mvd", _ARM_AXES),
        Part("Kvd", "kvd", _ARM_AXES),
        Part("Kvs", "kvs", _ARM_AXES),
        Part(
            "KvBlades",
            "kv_blades",
            Shape(
                BladeTolerances,
                (
                    Part("KVY1", "kvy1_cm", DOUBLE, least=1),
                    Part("KVY2", "kvy2_cm", DOUBLE, least=1),
                    Part("KVX1", "kvx1_cm", DOUBLE, least=1),
                    Part("KVX2", "kvx2_cm", DOUBLE, least=1),
                ),
            ),
        ),
    ),
)
_GATING = Shape(
    GatingParameters,
    (
        Part("Source", "source", TOKEN),
        Part(
            "Filter",
            "filter",
            one_of("BreathingPhase", "BreathingAmplitude", "PassThrough"),
            least=1,
        ),
        Part("QualityThreshold", "quality_threshold", DOUBLE),
        Part("KVGating", "kv_gating", BOOL),
        Part("Position", "position", VECTOR),
        Part(
            "Orientation",
            "orientation",
            Shape(
                Quaternion,
                tuple(
                    Part(name, name.lower(), DOUBLE, least=1) for name in ("Qx", "Qy", "Qz", "Q0")
                ),
            ),
        ),
        Part(
            "GatingWindow",
            "windows",
            Shape(
                GatingWindow,
                (
                    Part("Axis", "axis", TOKEN),
                    Part("Entry", "entry", DOUBLE, least=1),
                    Part("Exit", "exit", DOUBLE, least=1),
                    Part("EntryDelay", "entry_delay", DOUBLE),
                    Part("FaultOnExit", "fault_on_exit", BOOL),
                ),
                # The manual's breath-hold example has the last two the other way round.
                ordered=False,
            ),
            least=1,
            most=None,
        ),
        Part("MVAcquisitionTrigger", "mv_trigger", ACQUISITION_TRIGGER),
        Part("KVAcquisitionTrigger", "kv_trigger", ACQUISITION_TRIGGER),
    ),
)
_VELOCITIES = table_shape(
    "GantryRtn",
    "CollRtn",
    "CouchVrt",
    "CouchLat",
    "CouchLng",
    "CouchRtn",
    "X1",
    "X2",
    "Y1",
    "Y2",
)
IMAGING_PARAMETERS = Shape(
    ImagingParameters,
    (
        Part("DuringTreatment", "", Flag()),
        Part(
            "OutsideTreatment",
            "outside_treatment",
            Shape(OutsideTreatment, (Part("MaxMu", "max_mu", DOUBLE, least=1),)),
        ),
        Part("CustomTargetPermission", "custom_target_permission", BOOL, only_in="1.x"),
        Part("ImagingVelTable", "imaging_velocities", _VELOCITIES, only_in="1.x"),
        Part("LatchBEL", "latch_bel", BOOL),
        Part("LatchKVBEL", "latch_kv_bel", BOOL),
        Part("ImagingPoints", "points", Row({"ImagingPoint": IMAGING_POINT}), least=1),
        Part("ImagingTolerances", "tolerances", _TOLERANCES, least=1),
        Part("GatingParameters", "gating", _GATING, only_in="1.x"),
        Part("MotionManagementParameters", "motion_management", MOTION_MANAGEMENT),
        Part("iTools", "itools", Raw()),
    ),
    exclusive=(("DuringTreatment", "OutsideTreatment"),),
    needed=(("DuringTreatment", "OutsideTreatment"),),
)
