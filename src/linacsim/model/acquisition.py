"""Image acquisition records (manual, Appendix A, "Acquisition Parameters").

Field names say the unit where the schema states one. None means that the element is absent; the
default that the schema gives for that case is in the field's docstring.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Overwrite:
    """One changed setting of a mode (ModeOverwrite)."""

    parameter: str
    """Name, bare (`dosePerFrame`) or as a path (`MVImageModeSettings/dosePerFrame`)."""
    value: str


@dataclass(frozen=True, slots=True)
class Mode:
    """An image mode or acquisition mode by name, with changed settings (ImageMode)."""

    id: str
    overwrites: tuple[Overwrite, ...] = ()


@dataclass(frozen=True, slots=True)
class MovieParameters:
    """How a movie is encoded (MovieParameters)."""

    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    crop: bool | None = None
    invert: bool | None = None
    pixel_value_0: int | None = None
    pixel_value_255: int | None = None
    cut_off: int | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Movie:
    """A movie made of the images (Movie)."""

    destination: str | None = None
    parameters: MovieParameters | None = None


@dataclass(frozen=True, slots=True)
class HistogramRoi:
    """Region of interest in pixels (HistogramRoi)."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class RadiusMarker:
    """A marker that may lie within a sphere (MarkerDefinitionToleranceRadius); unit not stated."""

    id: str
    x: float
    y: float
    z: float
    tolerance_radius: float


@dataclass(frozen=True, slots=True)
class VolumeMarker:
    """A marker that may lie within a mesh (MarkerDefinitionToleranceVolume), mesh kept as text."""

    id: str
    x: float
    y: float
    z: float
    vertices: str
    indices: str


@dataclass(frozen=True, slots=True)
class ImageProcessing:
    """Marker detection on the images (ImageProcessing)."""

    timeout: int
    """Unit not stated by the manual."""
    mode_id: str
    auto_beam_off: bool
    markers: tuple[RadiusMarker | VolumeMarker, ...]
    confidence_threshold: float | None = None


@dataclass(frozen=True, slots=True)
class MvParameters:
    """Megavoltage settings (MVParameters); both may be absent."""

    energy: str | None = None
    dose_rate: float | None = None


@dataclass(frozen=True, slots=True)
class KvParameters:
    """Kilovoltage settings (KVParameters)."""

    voltage_kv: float
    current_ma: float
    pulse_ms: float
    focal_spot: str | None = None
    """`Small` or `Large`; schema default Large."""
    fluoro_level_control: str | None = None
    """`None`, `Low` or `High`; schema default Low."""
    auto_brightness_control: bool | None = None
    """Schema default false."""
    dose_recording: bool | None = None
    """Schema default true."""
    frame_rate: int | None = None
    """Schema default 0."""

    @property
    def mas(self) -> float:
        """Charge of one pulse in mAs."""
        return self.current_ma * self.pulse_ms / 1000.0


@dataclass(frozen=True, slots=True)
class AcquisitionParameters:
    """How an image source works (AcquisitionParameters)."""

    image_mode: Mode
    acquisition_mode: Mode | None = None
    calibration_set: str | None = None
    image_destinations: tuple[str, ...] = ()
    notification_destinations: tuple[str, ...] = ()
    movie: Movie | None = None
    raise_fault: bool | None = None
    cache: bool | None = None
    histogram_roi: HistogramRoi | None = None
    image_processing: ImageProcessing | None = None
    mv: MvParameters | None = None
    kv: KvParameters | None = None
    """At most one of `mv` and `kv`."""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AcquisitionSpecs:
    """How imaging and beam delivery wait for each other (AcquisitionSpecs)."""

    handshake: bool | None = None
    kv: bool | None = None
    """Whether the image is taken with the kV beam."""
    mv_dose_mu: float | None = None
    """Estimated MU needed for the image."""
    gating: str | None = None
    """1.x only; content as written."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One image, or the start or stop of a row of images (Acquisition)."""

    id: int
    specs: AcquisitionSpecs = AcquisitionSpecs()
    parameters: AcquisitionParameters | None = None
    line: int = field(default=0, compare=False)
