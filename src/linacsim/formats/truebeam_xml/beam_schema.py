"""Order tables of SetBeam, Cp, Tracking and BeamHoldDevices (manual, Appendix A)."""

from linacsim.formats.truebeam_xml.imaging_schema import IMAGING_PARAMETERS, table_shape
from linacsim.formats.truebeam_xml.shapes import Elsewhere, Part, Row, Shape
from linacsim.formats.truebeam_xml.values import (
    BOOL,
    DOUBLE,
    INT,
    TEXT,
    TOKEN,
    UNSIGNED,
    Scalar,
    double,
    one_of,
)
from linacsim.model.beam import LEAF_PAIRS, SubBeam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.tracking import (
    ConformityTolerance,
    Tracking,
    TrackingAxes,
    TrackingAxis,
    TrackingMlc,
    TrackingPhase,
)

_NOT_NEGATIVE = double(lower=0)
_MOTION_TYPE = one_of("target", "baseline")
TREATMENT_MODES = ("FTM", "ISTM", "QATM", "QATM_VERIFICATION", "MCTM")
"""TreatmentModeType."""

SUB_BEAM = Shape(
    SubBeam,
    (
        Part("Seq", "seq", UNSIGNED, least=1),
        Part("SubbeamGUID", "guid", TEXT),
        Part("Name", "name", TEXT),
        Part("MaxRadTime", "max_rad_time_s", DOUBLE),
        Part("TrackingTrainingOnly", "tracking_training_only", BOOL),
    ),
)
_COUCH = ("CouchVrt", "CouchLat", "CouchLng", "CouchRtn", "CouchPit", "CouchRol")
CP_PARTS = (
    Part("WorkObjectID", "work_object", TEXT, only_in="4"),
    Part("TreatProgressEvent", "progress_event", TEXT),
    Part("SubBeam", "sub_beam", SUB_BEAM),
    Part("Energy", "energy", TOKEN),
    Part("Mu", "mu", DOUBLE),
    Part("DRate", "dose_rate", DOUBLE),
    *(
        Part(name, "axes", DOUBLE)
        for name in ("GantryRtn", "CollRtn", *_COUCH, "Y1", "Y2", "X1", "X2")
    ),
    Part("Mlc", "leaves", Elsewhere(), most=2),
    Part("Phase", "phase", DOUBLE),
)
"""Children of Cp; read and written by `points` and `point_writer`, not by the generic walkers."""
ISOCENTRIC = {name: name + "ISO" for name in _COUCH}
"""Couch axes as v4 machines name them (research/real-data.md 1b)."""

_TRACKING_AXIS = Shape(
    TrackingAxis,
    attributes=(
        Part("Tol", "tolerance_cm", _NOT_NEGATIVE),
        Part("MotionType", "motion_type", _MOTION_TYPE),
    ),
)
_TRACKING_AXES = Shape(
    TrackingAxes,
    (
        Part("CouchVrt", "couch_vrt", _TRACKING_AXIS),
        Part("CouchLat", "couch_lat", _TRACKING_AXIS),
        Part("CouchLng", "couch_lng", _TRACKING_AXIS),
        Part("Y12", "y12", _TRACKING_AXIS),
        Part("X12", "x12", _TRACKING_AXIS),
        Part(
            "MLc",
            "mlc",
            Shape(
                TrackingMlc,
                attributes=(
                    Part("MotionType", "motion_type", _MOTION_TYPE),
                    Part("ID", "id", INT),
                    Part("OpenUpCarriages", "open_up_carriages_cm", _NOT_NEGATIVE),
                    Part("ExpectedTargetSpeed", "expected_target_speed_cm_per_s", _NOT_NEGATIVE),
                    Part("YTargetRange", "y_target_range_cm", _NOT_NEGATIVE),
                ),
            ),
        ),
        Part(
            "Phase",
            "phase",
            Shape(TrackingPhase, attributes=(Part("MaxPhaseLag", "max_phase_lag_deg", DOUBLE),)),
        ),
    ),
    misspelt={"Mlc": "MLc", "MLC": "MLc"},
)
_TRACKING = Shape(
    Tracking,
    (
        Part("TrackingEnabled", "enabled", BOOL, only_in="1.x"),
        Part("Axes", "axes", _TRACKING_AXES),
        Part(
            "ConformityTol",
            "conformity_tolerance",
            Shape(
                ConformityTolerance,
                (
                    Part("OverExposure", "over_exposure", _NOT_NEGATIVE, least=1),
                    Part("UnderExposure", "under_exposure", _NOT_NEGATIVE, least=1),
                ),
            ),
        ),
        Part("InitialCapabilityRatio", "initial_capability_ratio", DOUBLE),
    ),
    aliases={"CapabilityRatio": "InitialCapabilityRatio"},
)
_BEAM_HOLD_DEVICES = Row(
    {
        "Dev": Shape(
            BeamHoldDevice,
            attributes=(
                Part("Id", "id", INT),
                Part("MVBeamImpact", "mv_beam_impact", BOOL),
                Part("MotionImpact", "motion_impact", BOOL),
                Part("SyncStop", "sync_stop", BOOL),
            ),
        )
    }
)


def accessories(**codes: int) -> tuple[int | None, int | None, int | None, int | None]:
    """Return the codes of slots 1 to 4."""
    return codes.get("Acc1"), codes.get("Acc2"), codes.get("Acc3"), codes.get("Acc4")


_ACCS = Shape(accessories, tuple(Part(f"Acc{slot}", f"Acc{slot}", INT) for slot in (1, 2, 3, 4)))
_MODE = Scalar(
    "one of " + ", ".join(TREATMENT_MODES), str, str, "", choices=(*TREATMENT_MODES, "MPC")
)
SET_BEAM = Shape(
    dict,
    (
        Part("SchemaVersion", "schema_version", TEXT),
        Part("Id", "id", INT, least=1),
        Part("GUID", "guid", TEXT),
        Part("TrajectoryUploadInfo", "trajectory_upload_info", TEXT),
        Part("TreatmentMode", "treatment_mode", _MODE),
        Part("MLCModel", "mlc_model", one_of(*LEAF_PAIRS), least=1),
        Part("TolTable", "tolerances", table_shape("GantryRtn", "CollRtn", *_COUCH, "Y12", "X12")),
        Part(
            "VelTable",
            "velocities",
            table_shape("GantryRtn", "CollRtn", *_COUCH, "X1", "X2", "Y1", "Y2"),
        ),
        Part("Accs", "accessories", _ACCS, least=1),
        Part("ControlPoints", "", Elsewhere(), least=1),
        Part("ImagingParameters", "imaging", IMAGING_PARAMETERS),
        Part("BeamHoldDevices", "beam_hold_devices", _BEAM_HOLD_DEVICES),
        Part("Tracking", "tracking", _TRACKING),
    ),
)
"""Children of SetBeam; ControlPoints is read and written by its own modules."""
ROOT_ATTRIBUTES = (
    Part("SchemaVersion", "root_schema_version", TOKEN, least=1),
    Part("Scale", "scale", one_of("IECContinuous")),
)
