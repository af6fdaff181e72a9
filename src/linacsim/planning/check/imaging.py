"""Rules of imaging points: order, places, acquisitions (manual, "Imaging"; Appendix A)."""

from collections.abc import Iterator

from linacsim.machines.spec import MachineSpec
from linacsim.model.acquisition import Acquisition
from linacsim.model.beam import Beam
from linacsim.model.imaging import ImagingParameters, ImagingPoint
from linacsim.planning.check.imaging_axes import check_imaging_axes
from linacsim.planning.check.imaging_modes import check_modes
from linacsim.planning.check.numbers import has_mv, negative, outside
from linacsim.planning.check.report import Report, error, note, warning

CP_RANGE = error("imaging.cp-range")
POINT_ORDER = error("imaging.point-order")
DUPLICATE_ID = error("imaging.duplicate-id")
STOP_WITHOUT_START = error("imaging.stop-without-start")
START_WITHOUT_STOP = note("imaging.start-without-stop")
MAX_MU_VALUE = error("imaging.max-mu-value")
MAX_MU_WITHOUT_MV = error("imaging.max-mu-without-mv")
METERSET_IGNORED = note("imaging.meterset-ignored")
NOTHING_TO_ACQUIRE = warning("imaging.nothing-to-acquire")
KV_ONLY = warning("imaging.kv-only")


def check_imaging(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check the imaging section."""
    _check_kv_only(beam, machine, report)
    imaging = beam.imaging
    if imaging is None:
        return
    _check_places(beam, imaging, report)
    _check_ids(imaging, report)
    _check_outside_treatment(beam, imaging, machine, report)
    check_modes(beam, imaging, machine, report)
    check_imaging_axes(imaging, machine, report)


def _check_kv_only(beam: Beam, machine: MachineSpec, report: Report) -> None:
    outside_treatment = beam.imaging is not None and beam.imaging.outside_treatment is not None
    if beam.energy and not has_mv(beam.energy, machine) and not outside_treatment:
        report.add(
            KV_ONLY,
            "Energy",
            f"{beam.energy} is no MV beam, but the beam is not for imaging outside treatment",
            allowed="OutsideTreatment in ImagingParameters where there is no MV beam",
            point=0 if len(beam.control_points) else None,
        )


def _check_places(beam: Beam, imaging: ImagingParameters, report: Report) -> None:
    last = len(beam.control_points) - 1
    before = 0.0
    for point in imaging.points:
        if outside(point.cp, 0, last):
            report.add(
                CP_RANGE,
                "ImagingPoint",
                f"Cp is {point.cp:g}",
                allowed=f"0 to {last}, counted through all sub-beams",
                line=point.line,
            )
        if point.cp < before:
            report.add(
                POINT_ORDER,
                "ImagingPoint",
                f"Cp {point.cp:g} comes after Cp {before:g}",
                allowed="imaging points in the order of the control points",
                mend="move it",
                line=point.line,
            )
        before = max(before, point.cp)


def _check_ids(imaging: ImagingParameters, report: Report) -> None:
    seen: set[int] = set()
    running: dict[int, Acquisition] = {}
    for point in imaging.points:
        for item in (*point.acquisitions, *point.starts):
            if item.id in seen:
                report.add(
                    DUPLICATE_ID,
                    "AcquisitionId",
                    f"AcquisitionId {item.id} is used again",
                    allowed="a new number for each; only a start and its stop share one",
                    line=item.line,
                )
            seen.add(item.id)
        running |= {item.id: item for item in point.starts}
        for item in point.stops:
            if running.pop(item.id, None) is None:
                _tell_stop(item, report)
    for item in running.values():
        report.add(
            START_WITHOUT_STOP,
            "AcquisitionStart",
            f"acquisition {item.id} is never stopped: it runs to the end of the beam",
            line=item.line,
        )


def _tell_stop(item: Acquisition, report: Report) -> None:
    report.add(
        STOP_WITHOUT_START,
        "AcquisitionStop",
        f"acquisition {item.id} stops, but it was not started before",
        allowed="the AcquisitionId of an AcquisitionStart before",
        line=item.line,
    )


def _check_outside_treatment(
    beam: Beam, imaging: ImagingParameters, machine: MachineSpec, report: Report
) -> None:
    if imaging.outside_treatment is None:
        return
    max_mu = imaging.outside_treatment.max_mu
    if negative(max_mu):
        report.add(MAX_MU_VALUE, "MaxMu", f"MaxMu is {max_mu:g}", allowed="0 or more")
    elif max_mu > 0 and beam.energy and not has_mv(beam.energy, machine):
        report.add(
            MAX_MU_WITHOUT_MV,
            "MaxMu",
            f"MaxMu is {max_mu:g}, but {beam.energy} is no MV beam",
            allowed="0 where there is no MV energy",
            mend="write 0",
            line=imaging.line,
        )
    if len(beam.control_points) and beam.resolved_mu()[-1] > 0:
        report.add(
            METERSET_IGNORED,
            "Mu",
            "MU of the control points mean nothing outside treatment: images take what they need",
            point=len(beam.control_points) - 1,
        )
    if not any(_acquisitions(imaging.points)):
        report.add(
            NOTHING_TO_ACQUIRE,
            "ImagingPoints",
            "the beam is for images only, but takes none: it ends at once",
            mend="add an Acquisition or an AcquisitionStart",
            line=imaging.line,
        )


def _acquisitions(points: tuple[ImagingPoint, ...]) -> Iterator[Acquisition]:
    for point in points:
        yield from point.acquisitions
        yield from point.starts
