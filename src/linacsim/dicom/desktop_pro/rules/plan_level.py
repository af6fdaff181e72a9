"""Patient, series, dose references, tolerance tables, setups: Tables 5 to 12."""

from collections.abc import Iterator

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.request import Request
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule, twice
from linacsim.dicom.desktop_pro.rules.tolerances import table_faults

_RT_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"


def _sop_class(request: Request) -> Iterator[Fault]:
    found = request.plan.text(tags.SOP_CLASS)
    if found != _RT_PLAN:
        yield Fault("", f"is {found[:30]}, not RT Plan Storage")


def _modality(request: Request) -> Iterator[Fault]:
    found = request.plan.text(tags.MODALITY)
    if found != "RTPLAN":
        yield Fault("", f"is {found}, not RTPLAN")


def _patient_name(request: Request) -> Iterator[Fault]:
    if not request.plan.text(tags.PATIENT_NAME).strip("^= "):
        yield Fault("", "is missing or empty")


def _patient_id(request: Request) -> Iterator[Fault]:
    if not request.patient_id:
        yield Fault("", "is missing or empty")


def _other_name(request: Request) -> Iterator[Fault]:
    known, found = request.patient, request.plan.text(tags.PATIENT_NAME)
    if known is not None and _folded(found) != _folded(known.name):
        yield Fault("", "differs from the stored patient's")


def _folded(name: str) -> str:
    return name.rstrip("^= ").casefold()


def _other_birth_date(request: Request) -> Iterator[Fault]:
    known, found = request.patient, request.plan.text(tags.BIRTH_DATE)
    if known is not None and found and known.birth_date and found != known.birth_date:
        yield Fault("", "differs from the stored patient's")


def _other_sex(request: Request) -> Iterator[Fault]:
    known, found = request.patient, request.plan.text(tags.SEX)
    if known is not None and found and known.sex and found != known.sex:
        yield Fault("", "differs from the stored patient's")


def _locked(request: Request) -> Iterator[Fault]:
    if request.patient_id in request.console.locked_patients:
        yield Fault("", "the patient is locked at the console")


def _dose_numbers(request: Request) -> Iterator[Fault]:
    yield from twice(request.plan.items(tags.DOSE_REFERENCES), tags.DOSE_REFERENCE_NUMBER)


def _tolerance_numbers(request: Request) -> Iterator[Fault]:
    if Mask.TOLERANCE_TABLES not in request.masks:
        yield from twice(request.plan.items(tags.TOLERANCE_TABLES), tags.TOLERANCE_NUMBER)


def _tolerance_tables(request: Request) -> Iterator[Fault]:
    if Mask.TOLERANCE_TABLES not in request.masks:
        for table in request.plan.items(tags.TOLERANCE_TABLES):
            yield from table_faults(table, request.console.tolerance_tables)


def _setup_numbers(request: Request) -> Iterator[Fault]:
    yield from twice(request.plan.items(tags.SETUPS), tags.SETUP_NUMBER)


RULES = (
    Rule(
        "sop-class", "Table 17", tags.SOP_CLASS, Code.INVALID_MESSAGE, "RT Plan Storage", _sop_class
    ),
    Rule("modality", "Table 7", tags.MODALITY, Code.OTHER_CLASS, "RTPLAN", _modality),
    Rule(
        "patient-name",
        "Table 5, Note I",
        tags.PATIENT_NAME,
        Code.NO_PATIENT,
        "not empty, though the standard lets it be",
        _patient_name,
    ),
    Rule(
        "patient-id",
        "Table 5, Note I",
        tags.PATIENT_ID,
        Code.NO_PATIENT,
        "not empty, though the standard lets it be",
        _patient_id,
    ),
    Rule(
        "patient-locked",
        "Table 18",
        tags.PATIENT_ID,
        Code.PATIENT_LOCKED,
        "nobody has the patient open",
        _locked,
    ),
    Rule(
        "same-name",
        "Table 18",
        tags.PATIENT_NAME,
        Code.OTHER_PATIENT,
        "the name that is stored for this Patient ID",
        _other_name,
    ),
    Rule(
        "same-birth-date",
        "Table 18",
        tags.BIRTH_DATE,
        Code.OTHER_PATIENT,
        "the date that is stored for this Patient ID, where both are known",
        _other_birth_date,
    ),
    Rule(
        "same-sex",
        "Table 18",
        tags.SEX,
        Code.OTHER_PATIENT,
        "the sex that is stored for this Patient ID, where both are known",
        _other_sex,
    ),
    Rule(
        "dose-reference-number",
        "Table 10",
        tags.DOSE_REFERENCE_NUMBER,
        Code.DOSE_REFERENCES,
        "unique within the sequence",
        _dose_numbers,
    ),
    Rule(
        "tolerance-table-number",
        "Table 11",
        tags.TOLERANCE_NUMBER,
        Code.TOLERANCE_TABLES,
        "unique within the sequence",
        _tolerance_numbers,
    ),
    Rule(
        "tolerance-table",
        "Table 11, Note IV",
        tags.TOLERANCE_LABEL,
        Code.TOLERANCES_DIFFER,
        "a labelled table is one of the console's, and states its tolerances",
        _tolerance_tables,
    ),
    Rule(
        "setup-number",
        "Table 12",
        tags.SETUP_NUMBER,
        Code.PATIENT_SETUPS,
        "unique within the sequence",
        _setup_numbers,
    ),
)
