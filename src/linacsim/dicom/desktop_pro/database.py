"""The service database: a plan is in it whole or not at all.

A plan is one transaction; the sender hears of success only after it is on the disk. See
docs/decisions/ for why this is SQLAlchemy Core.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, select
from sqlalchemy import update as update_rows
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from linacsim.dicom.desktop_pro import tables
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Patient
from linacsim.dicom.desktop_pro.migration import add_fraction_groups
from linacsim.dicom.desktop_pro.names import LAST_COUNTER, sequence_name
from linacsim.dicom.desktop_pro.prescription import BeamSequence, Parameter, Prescription
from linacsim.model.findings import InputError

_BUSY_S = 10.0
"""How long one writer waits for another."""
_OF_A_PLAN = (
    *(tables.sequences, tables.fields, tables.dose_points),
    *(tables.contributions, tables.deliveries),
)


class NotSaved(Exception):
    """The database did not take something; it is as it was."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a plan came in."""

    received: datetime
    sender: str
    """Calling AE title."""
    code: Code
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a fraction group of a stored plan."""

    group: int
    when: datetime
    state: str
    mu: float
    files: tuple[str, ...] = ()
    """Paths of logs and records."""


class Service:
    """The service database of one console."""

    def __init__(self, url: str) -> None:
        """Open the database at an SQLAlchemy URL, making tables and columns that are missing.

        Raises InputError where that cannot be done.
        """
        try:
            self.engine = _engine(url)
            with self.engine.begin() as connection:
                tables.metadata.create_all(connection)
                add_fraction_groups(connection)
        except (ArgumentError, NoSuchModuleError, ImportError, SQLAlchemyError) as error:
            raise InputError(f"cannot open the database {_shown(url)}: {_reason(error)}") from None

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def patient(self, patient_id: str) -> Patient | None:
        """Return what is known of a patient; None for a new one. Raises NotSaved."""
        rows = tables.plans
        query = select(rows.c.patient_name, rows.c.birth_date, rows.c.sex)
        query = query.where(rows.c.patient_id == patient_id).order_by(rows.c.id).limit(1)
        with self._transaction() as connection:
            found = connection.execute(query).first()
        return Patient(*found) if found else None

    def save(self, prescription: Prescription, arrival: Arrival, dicom: bytes) -> tuple[str, ...]:
        """Store a plan and return the names of its beam sequences. Raises NotSaved."""
        with self._transaction() as connection:
            plan_id = _insert_plan(connection, prescription, arrival, dicom)
            for field in prescription.fields:
                connection.execute(
                    insert(tables.fields).values(
                        plan_id=plan_id,
                        number=field.number,
                        name=field.name,
                        description=field.description,
                        machine=field.machine,
                        radiation=field.radiation,
                        prescribed=dict(field.values),
                        unprescribed=list(field.unprescribed),
                        notes=list(field.notes),
                        information=dict(field.information),
                    )
                )
                for number, dose_gy in field.contributions.items():
                    connection.execute(
                        insert(tables.contributions).values(
                            plan_id=plan_id,
                            field=field.number,
                            dose_reference=number,
                            dose_gy=dose_gy,
                        )
                    )
            for point in prescription.dose_points:
                connection.execute(
                    insert(tables.dose_points).values(
                        plan_id=plan_id,
                        name=point.name,
                        type=point.type,
                        prior_gy=point.prior_gy,
                        maximum_gy=point.maximum_gy,
                    )
                )
            return tuple(
                _insert_sequence(connection, plan_id, sequence)
                for sequence in prescription.sequences
            )

    def keep_tolerance_tables(self, known: Mapping[str, Mapping[str, float]]) -> None:
        """Make the console's tolerance tables those that are given. Raises NotSaved."""
        with self._transaction() as connection:
            connection.execute(delete(tables.tolerance_tables))
            for name, tolerances in known.items():
                row = insert(tables.tolerance_tables)
                connection.execute(row.values(name=name, tolerances=dict(tolerances)))

    def prescriptions(self) -> list[Mapping[str, Any]]:
        """Return stored plans, oldest first, each with its sequences' names. Raises NotSaved."""
        rows = tables.plans
        wanted = [column for column in rows.c if column.name != "dicom"]
        with self._transaction() as connection:
            plans = connection.execute(select(*wanted).order_by(rows.c.id)).mappings().all()
            return [dict(plan) | self._details(connection, plan["id"]) for plan in plans]

    def prescription(self, plan_id: int) -> Mapping[str, Any]:
        """Return one stored plan with all that belongs to it. Raises InputError, NotSaved."""
        with self._transaction() as connection:
            return self._one(connection, plan_id) | self._details(connection, plan_id)

    def complete(self, plan_id: int, number: int, values: Mapping[Parameter, str]) -> None:
        """Fill UNPRESCRIBED parameters of a field in. Raises InputError, NotSaved."""
        with self._transaction() as connection:
            self._one(connection, plan_id)
            of_field = (tables.fields.c.plan_id == plan_id) & (tables.fields.c.number == number)
            found = connection.execute(select(tables.fields).where(of_field)).mappings().first()
            if found is None:
                raise InputError(f"prescription {plan_id} has no field {number}")
            for name in values:
                if name not in found["unprescribed"]:
                    open_ones = ", ".join(found["unprescribed"]) or "nothing"
                    raise InputError(
                        f"{name.value} of field {number} is prescribed by the plan and cannot be "
                        f"changed; UNPRESCRIBED: {open_ones}"
                    )
            _check_tolerance_table(connection, values.get(Parameter.TOLERANCE_TABLE))
            left = [name for name in found["unprescribed"] if name not in values]
            prescribed = found["prescribed"] | {name.value: text for name, text in values.items()}
            changes = update_rows(tables.fields).where(of_field)
            connection.execute(changes.values(unprescribed=left, prescribed=prescribed))

    def delivered(self, plan_id: int, delivery: Delivery) -> None:
        """Note what became of a fraction group of a stored plan. Raises NotSaved."""
        row = insert(tables.deliveries).values(
            plan_id=plan_id,
            fraction_group=delivery.group,
            delivered=delivery.when,
            state=delivery.state,
            mu=delivery.mu,
            files=list(delivery.files),
        )
        with self._transaction() as connection:
            connection.execute(row)

    def abandon(self, plan_id: int, group: int, before: str, after: str) -> None:
        """Change the state of a group's deliveries from one to another. Raises NotSaved."""
        rows = tables.deliveries
        of_group = (rows.c.plan_id == plan_id) & (rows.c.fraction_group == group)
        changed = update_rows(rows).where(of_group & (rows.c.state == before))
        with self._transaction() as connection:
            connection.execute(changed.values(state=after))

    def delete(self, plan_id: int) -> None:
        """Forget a plan and all that belongs to it. Raises InputError, NotSaved."""
        with self._transaction() as connection:
            self._one(connection, plan_id)
            for table in _OF_A_PLAN:
                connection.execute(delete(table).where(table.c.plan_id == plan_id))
            connection.execute(delete(tables.plans).where(tables.plans.c.id == plan_id))

    @staticmethod
    def _one(connection: Connection, plan_id: int) -> dict[str, Any]:
        query = select(tables.plans).where(tables.plans.c.id == plan_id)
        found = connection.execute(query).mappings().first()
        if found is None:
            raise InputError(
                f"there is no prescription {plan_id}: `linacsim prescriptions list` shows all"
            )
        return dict(found)

    @staticmethod
    def _details(connection: Connection, plan_id: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for table in _OF_A_PLAN:
            query = select(table).where(table.c.plan_id == plan_id).order_by(table.c.id)
            out[table.name] = [dict(row) for row in connection.execute(query).mappings()]
        return out

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise NotSaved(_reason(error)) from None


def _check_tolerance_table(connection: Connection, name: str | None) -> None:
    """Raise InputError where the console has no such table; none is asked for with None."""
    known = connection.execute(select(tables.tolerance_tables.c.name)).scalars().all()
    if name is not None and name not in known:
        has = ", ".join(known) or "it has none"
        raise InputError(f"tolerance_table {name!r} is none of the console's: {has}")


def _insert_plan(
    connection: Connection, prescription: Prescription, arrival: Arrival, dicom: bytes
) -> int:
    patient = prescription.patient
    row = insert(tables.plans).values(
        received=arrival.received,
        sender=arrival.sender,
        status=int(arrival.code),
        warnings=list(arrival.warnings),
        patient_id=prescription.patient_id,
        patient_name=patient.name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        label=prescription.label,
        sop_instance_uid=prescription.sop_instance_uid,
        information=dict(prescription.information),
        notes=[note for note in prescription.notes if note],
        dicom=dicom,
    )
    made = connection.execute(row).inserted_primary_key
    assert made is not None
    return int(made[0])


def _insert_sequence(connection: Connection, plan_id: int, sequence: BeamSequence) -> str:
    """Store a beam sequence under the next free counter of its name."""
    rows = tables.sequences
    query = select(func.max(rows.c.counter)).where(rows.c.stem == sequence.stem)
    counter = (connection.execute(query).scalar() or 0) + 1
    if counter > LAST_COUNTER:
        raise NotSaved(f"the plan was sent {LAST_COUNTER} times already (Note V)")
    name = sequence_name(sequence.stem, counter)
    row = insert(rows).values(
        plan_id=plan_id,
        stem=sequence.stem,
        counter=counter,
        name=name,
        fraction_group=sequence.group,
        fields=list(sequence.fields),
    )
    connection.execute(row)
    return name


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and of its own accord.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    # A commit is on the disk before it is reported.
    connection.execute("PRAGMA synchronous=FULL")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    lines = str(cause).splitlines()
    return lines[0] if lines else type(cause).__name__


def _shown(url: str) -> str:
    """Return a URL without its password."""
    head, mark, tail = url.rpartition("@")
    return f"{head.split(':')[0]}://...{mark}{tail}" if mark else url
