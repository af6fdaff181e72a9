"""What a configuration of `linacsim serve` may say, version 1 (docs/how-to/receive-plans.md)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linacsim.dicom.desktop_pro.console import HEADS, RANGES, Feature, Linac, Mask
from linacsim.dicom.desktop_pro.rules.accessories import APPLICATOR_TYPES
from linacsim.dicom.desktop_pro.rules.tolerances import PARAMETERS
from linacsim.dicom.desktop_pro.settings import LEAST_PDU, MOST_PDU, NodeSettings
from linacsim.scenario.words import OneOf, Seconds, Strict, Text

Title = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[ -\[\]-~]*[!-\[\]-~]$")]
Name = Annotated[str, Field(min_length=1, max_length=16)]
MaskName = Annotated[str, OneOf(tuple(mask.value for mask in Mask))]
FeatureName = Annotated[str, OneOf(tuple(feature.value for feature in Feature))]
HeadName = Annotated[str, OneOf(tuple(HEADS))]
ApplicatorType = Annotated[str, OneOf(APPLICATOR_TYPES)]
ToleranceName = Annotated[str, OneOf(tuple(PARAMETERS))]
DeviceName = Literal["X", "Y", "ASYMX", "ASYMY", "MLCX"]
Size = Annotated[float, Field(gt=0, le=1000)]
Energies = Annotated[tuple[Annotated[float, Field(gt=0, le=50)], ...], Field(strict=False)]
_DEFAULT, _LINAC = NodeSettings(), Linac("")


class RangeKeys(Strict):
    """The values that a parameter may have."""

    lower: float
    upper: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lower > self.upper:
            raise ValueError("lower is above upper")
        return self


class RangesKeys(Strict):
    """Customised ranges of a linac; what is left out has the default."""

    gantry_deg: RangeKeys | None = None
    collimator_deg: RangeKeys | None = None
    couch_deg: RangeKeys | None = None
    jaw_mm: RangeKeys | None = None
    leaf_mm: RangeKeys | None = None


class ApplicatorKeys(Strict):
    """An electron applicator."""

    id: Name
    """Accessory Fitment ID: the Applicator ID of plans."""
    type: ApplicatorType
    x_mm: Size
    """Field that it is for."""
    y_mm: Size


class LinacKeys(Strict):
    """A linac that plans may be for."""

    name: Name
    """Treatment Machine Name of plans."""
    serial: Annotated[str, Field(max_length=64)] = ""
    """Device Serial Number; empty: plans may state any."""
    head: HeadName = "mlc"
    photons_mv: Energies = tuple(sorted(_LINAC.photons_mv))
    electrons_mev: Energies = tuple(sorted(_LINAC.electrons_mev))
    licences: Annotated[tuple[FeatureName, ...], Field(strict=False)] = tuple(
        feature.value for feature in Feature
    )
    """Kinds of delivery that are licensed."""
    shadow_trays: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """Shadow Tray IDs: the Block Tray IDs of plans."""
    applicators: Annotated[tuple[ApplicatorKeys, ...], Field(strict=False)] = ()
    ranges: RangesKeys = RangesKeys()
    lowest_dose_rate_mu_per_min: Annotated[float, Field(gt=0)] = _LINAC.lowest_mu_per_min
    gantry_deg_per_s: Annotated[float, Field(gt=0)] = _LINAC.gantry_deg_per_s
    collimator_deg_per_s: Annotated[float, Field(gt=0)] = _LINAC.collimator_deg_per_s


class ToleranceTableKeys(Strict):
    """A tolerance table of the console, global by name."""

    name: Name
    tolerances: dict[ToleranceName, float] = Field(default_factory=dict)
    """By parameter, in the unit that its name ends with."""
    devices_mm: dict[DeviceName, float] = Field(default_factory=dict)
    """By type of the beam limiting device."""


class CallerKeys(Strict):
    """A sender that is known."""

    ae_title: Title
    masks: Annotated[tuple[MaskName, ...], Field(strict=False)] = ()
    """What its plans leave UNPRESCRIBED (Appendix C)."""


class TimeoutKeys(Strict):
    """Upper-layer timeouts."""

    acse_s: Seconds = _DEFAULT.timeouts.acse_s
    """For a whole association request."""
    message_s: Seconds = _DEFAULT.timeouts.message_s
    """For a whole message."""
    idle_s: Seconds = _DEFAULT.timeouts.idle_s
    """Without any message, and within one PDU."""


class NodeKeys(Strict):
    """The node of an Elekta console."""

    ae_title: Title = _DEFAULT.ae_title
    host: str = _DEFAULT.host
    """Address to listen at; 0.0.0.0: all of this machine."""
    port: Annotated[int, Field(ge=0, le=65_535)] = _DEFAULT.port
    """0: a free one, which is told."""
    max_pdu_bytes: Annotated[int, Field(ge=LEAST_PDU, le=MOST_PDU)] = _DEFAULT.max_pdu_bytes
    pending_associations: Annotated[int, Field(ge=1, le=1000)] = _DEFAULT.pending_associations
    when_full: Literal["wait", "reject"] = _DEFAULT.when_full
    """What becomes of associations beyond those."""
    callers: Annotated[tuple[CallerKeys, ...], Field(strict=False)] = ()
    any_caller: bool = False
    """Accept unknown senders too, which a real console never does."""
    implementation_class_uid: Annotated[
        str, Field(max_length=64, pattern=r"^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$")
    ] = _DEFAULT.implementation_class_uid
    implementation_version_name: Name = _DEFAULT.implementation_version_name
    timeouts: TimeoutKeys = TimeoutKeys()
    max_message_mb: Annotated[int, Field(ge=1, le=1024)] = _DEFAULT.max_message_bytes // 1024**2
    database: Text = "linacsim-service.db"
    """SQLite file beside the configuration, or an SQLAlchemy URL such as
    postgresql+psycopg://user@host/name."""
    suppress_warnings: bool = False
    """Answer success where a plan is stored with a warning."""
    locked_patients: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    """IDs of patients that somebody has open."""
    linacs: Annotated[tuple[LinacKeys, ...], Field(strict=False)]
    tolerance_tables: Annotated[tuple[ToleranceTableKeys, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _usable(self) -> Self:
        for what, names in (
            ("callers", [caller.ae_title for caller in self.callers]),
            ("linacs", [linac.name for linac in self.linacs]),
            ("tolerance_tables", [table.name for table in self.tolerance_tables]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} have the same name")
        if not self.linacs:
            raise ValueError("list at least one linac")
        if not self.callers and not self.any_caller:
            raise ValueError("nobody may call: list callers, or set any_caller")
        return self


class ServeConfig(Strict):
    """One configuration."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    node: NodeKeys


assert set(RANGES) | {"leaf"} == {name.rpartition("_")[0] for name in RangesKeys.model_fields}
