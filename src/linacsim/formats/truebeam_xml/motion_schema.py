"""Order tables of MotionManagementParameters and AcquisitionParameters (manual, Appendix A)."""

from linacsim.formats.truebeam_xml.shapes import OneOf, Part, Row, Shape
from linacsim.formats.truebeam_xml.values import (
    BOOL,
    DOUBLE,
    INT,
    TEXT,
    TOKEN,
    UNSIGNED,
    one_of,
)
from linacsim.model.acquisition import (
    AcquisitionParameters,
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
    ModelSystem,
    MotionManagementParameters,
    Placement,
    PlugIn,
    TrackingSource,
    Vector,
)

_MODE = Shape(
    Mode,
    (
        Part(
            "Overwrite",
            "overwrites",
            Shape(
                Overwrite,
                attributes=(Part("parameter", "parameter", TEXT, least=1),),
                text="value",
            ),
            most=None,
        ),
    ),
    attributes=(Part("id", "id", TEXT, least=1),),
)
_MOVIE_PARTS = (
    Part("Width", "width", INT),
    Part("Height", "height", INT),
    Part("FrameRate", "frame_rate", DOUBLE),
    Part("Crop", "crop", BOOL),
    Part("Invert", "invert", BOOL),
    Part("PixelValue0", "pixel_value_0", INT),
    Part("PixelValue255", "pixel_value_255", INT),
    Part("CutOff", "cut_off", INT),
    Part("Weight", "weight", DOUBLE),
)
_MOVIE = Shape(
    Movie,
    (
        Part("Destination", "destination", TEXT),
        Part(
            "Parameters",
            "parameters",
            Shape(
                MovieParameters,
                _MOVIE_PARTS,
                aliases={part.name[0].lower() + part.name[1:]: part.name for part in _MOVIE_PARTS},
            ),
        ),
    ),
)
_MARKER = (
    Part("Id", "id", TEXT, least=1),
    Part("X", "x", DOUBLE, least=1),
    Part("Y", "y", DOUBLE, least=1),
    Part("Z", "z", DOUBLE, least=1),
)
_MARKERS = Row(
    {
        "MarkerToleranceRadius": Shape(
            RadiusMarker,
            (*_MARKER, Part("ToleranceRadius", "tolerance_radius", DOUBLE, least=1)),
        ),
        "MarkerToleranceVolume": Shape(
            VolumeMarker,
            (
                *_MARKER,
                Part("Vertices", "vertices", TEXT, least=1),
                Part("Indices", "indices", TEXT, least=1),
            ),
        ),
    }
)
ACQUISITION_PARAMETERS = Shape(
    AcquisitionParameters,
    (
        Part("ImageMode", "image_mode", _MODE, least=1),
        Part("AcquisitionMode", "acquisition_mode", _MODE),
        Part("CalibrationSet", "calibration_set", TEXT),
        Part("ImageDestination", "image_destinations", TEXT, most=None),
        Part("NotificationDestination", "notification_destinations", TEXT, most=None),
        Part("Movie", "movie", _MOVIE),
        Part("RaiseFault", "raise_fault", BOOL),
        Part("Cache", "cache", BOOL),
        Part(
            "HistogramRoi",
            "histogram_roi",
            Shape(
                HistogramRoi,
                tuple(Part(name, name.lower(), INT, least=1) for name in ("X1", "Y1", "X2", "Y2")),
            ),
        ),
        Part(
            "ImageProcessing",
            "image_processing",
            Shape(
                ImageProcessing,
                (
                    Part("Timeout", "timeout", UNSIGNED, least=1),
                    Part("ModeId", "mode_id", TEXT, least=1),
                    Part("AutoBeamOff", "auto_beam_off", BOOL, least=1),
                    Part("ConfidenceThreshold", "confidence_threshold", DOUBLE),
                    Part("Markers", "markers", _MARKERS, least=1),
                ),
            ),
        ),
        Part(
            "MV",
            "mv",
            Shape(
                MvParameters,
                (Part("Energy", "energy", TOKEN), Part("DoseRate", "dose_rate", DOUBLE)),
            ),
        ),
        Part(
            "KV",
            "kv",
            Shape(
                KvParameters,
                (
                    Part("KiloVolts", "voltage_kv", DOUBLE, least=1),
                    Part("MilliAmperes", "current_ma", DOUBLE, least=1),
                    Part("MilliSeconds", "pulse_ms", DOUBLE, least=1),
                    Part("FocalSpot", "focal_spot", one_of("Small", "Large")),
                    Part(
                        "FluoroLevelControl",
                        "fluoro_level_control",
                        one_of("None", "Low", "High"),
                    ),
                    Part("AutoBrightnessControl", "auto_brightness_control", BOOL),
                    Part("DoseRecording", "dose_recording", BOOL),
                    Part("FrameRate", "frame_rate", INT),
                ),
                aliases={
                    "eFocalSpot": "FocalSpot",
                    "eFluoroLevelControl": "FluoroLevelControl",
                },
            ),
        ),
    ),
    exclusive=(("MV", "KV"),),
)
VECTOR = Shape(Vector, tuple(Part(name, name.lower(), DOUBLE, least=1) for name in "XYZ"))
_PLACEMENT = Shape(
    Placement,
    (
        Part("Origin", "origin", VECTOR, least=1),
        Part("AxisX", "axis_x", VECTOR),
        Part("AxisY", "axis_y", VECTOR),
        Part("AxisZ", "axis_z", VECTOR),
    ),
)
_PLUG_IN = Shape(
    PlugIn,
    attributes=(Part("module", "module", TEXT, least=1), Part("name", "name", TEXT, least=1)),
    content="content",
)
_FIT = Shape(
    FitData,
    (
        Part(
            "FitType",
            "fit_type",
            one_of("Static", "Linear", "Quadratic", "Cubic", "Planar"),
            least=1,
        ),
        Part(
            "Coefficients",
            "coefficients",
            Shape(
                Coefficients,
                (
                    Part("a0", "a0", DOUBLE, least=1),
                    Part("a1", "a1", DOUBLE),
                    Part("a2", "a2", DOUBLE),
                    Part("a3", "a3", DOUBLE),
                ),
            ),
            least=1,
        ),
    ),
)
_SURROGATE_MODEL = OneOf(
    {
        "Basic": Shape(
            BasicSurrogateModel,
            (Part("TargetPosition_surrogate", "target_position_surrogate", _PLACEMENT),),
        ),
        "AmplitudeFit": Shape(
            AmplitudeFitSurrogateModel,
            tuple(Part(name, name.lower(), _FIT, least=1) for name in "XYZ"),
        ),
        "PlugIn": _PLUG_IN,
    }
)
_MOTION_MODEL = OneOf(
    {
        "Basic": Shape(BasicMotionModel),
        "Gating": Shape(
            GatingMotionModel,
            (Part("AmplitudeDirection_model", "amplitude_direction_model", VECTOR),),
        ),
        "PlugIn": _PLUG_IN,
    }
)
_COMPENSATION = OneOf(
    {
        "Basic": Shape(
            BasicMotionCompensation,
            (
                Part("TrackingSource", "tracking_source", TEXT),
                Part("CompensateRotation", "compensate_rotation", BOOL),
                Part("Restriction_model", "restriction_model", VECTOR, most=2),
            ),
        ),
        "PlugIn": _PLUG_IN,
    }
)
ACQUISITION_TRIGGER = Shape(
    AcquisitionTrigger,
    (
        Part("TriggerDelay", "delay_s", DOUBLE),
        Part("TriggerOnEnter", "on_enter", BOOL),
        Part("TriggerOnExit", "on_exit", BOOL),
        Part("SingleTrigger", "single", BOOL),
    ),
    tag="source",
)
_ACTION_WINDOW = Shape(
    ActionWindow,
    (
        Part("MVBeamImpact", "mv_beam_impact", BOOL),
        Part("KVBeamImpact", "kv_beam_impact", BOOL),
        Part("MotionCompensationImpact", "motion_compensation_impact", BOOL),
        Part("LowerLimit", "lower_limit", DOUBLE, least=1),
        Part("UpperLimit", "upper_limit", DOUBLE, least=1),
        Part("Delta", "delta", DOUBLE),
        Part("EntryDelay", "entry_delay_ms", DOUBLE),
        Part("LingerTimeout", "linger_timeout_ms", DOUBLE),
        Part("FaultOnExit", "fault_on_exit", BOOL),
        Part(
            "AcquisitionTriggers",
            "triggers",
            Row({"MV": ACQUISITION_TRIGGER, "KV": ACQUISITION_TRIGGER}),
        ),
    ),
    attributes=(Part("axis", "axis", TOKEN, least=1),),
    tag="kind",
)
_ACTION_WINDOWS = Row({"Basic": _ACTION_WINDOW, "Segmental": _ACTION_WINDOW})
MOTION_MANAGEMENT = Shape(
    MotionManagementParameters,
    (
        Part(
            "ModelSystem",
            "model_system",
            Shape(
                ModelSystem,
                (
                    Part("ModelSystem_pinned", "pinned", _PLACEMENT, least=1),
                    Part("CouchLat", "couch_lat_cm", DOUBLE),
                    Part("CouchLng", "couch_lng_cm", DOUBLE),
                    Part("CouchVrt", "couch_vrt_cm", DOUBLE),
                    Part("CouchRtn", "couch_rtn_deg", DOUBLE),
                    Part("CouchPit", "couch_pit_deg", DOUBLE),
                    Part("CouchRol", "couch_rol_deg", DOUBLE),
                ),
            ),
        ),
        Part(
            "TrackingSource",
            "tracking_sources",
            Shape(
                TrackingSource,
                (
                    Part(
                        "AcquisitionParameters",
                        "acquisition_parameters",
                        ACQUISITION_PARAMETERS,
                        least=1,
                    ),
                    Part("SurrogateModel", "surrogate_model", _SURROGATE_MODEL),
                    Part("MotionModel", "motion_model", _MOTION_MODEL),
                    Part("TrackingActionWindows", "action_windows", _ACTION_WINDOWS),
                ),
                attributes=(Part("id", "id", TEXT, least=1),),
            ),
            most=None,
        ),
        Part("MotionCompensation", "motion_compensation", _COMPENSATION),
        Part("GlobalActionWindows", "global_action_windows", _ACTION_WINDOWS),
    ),
)
