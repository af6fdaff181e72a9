"""Tables of the service database."""

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _owned_by(table: str) -> Column[int]:
    return Column(
        f"{table}_id",
        Integer,
        ForeignKey(f"{table}s.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("received", DateTime, nullable=False),
    Column("sender", String(16), nullable=False),
    Column("status", Integer, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("patient_id", String(64), nullable=False, index=True),
    Column("patient_name", Text, nullable=False),
    Column("birth_date", String(8), nullable=False),
    Column("sex", String(16), nullable=False),
    Column("label", String(16), nullable=False),
    Column("sop_instance_uid", String(64), nullable=False),
    Column("information", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("dicom", LargeBinary, nullable=False),
)
"""One row per plan that was stored. `dicom` is the file as it came, for delivery."""

sequences = Table(
    "sequences",
    metadata,
    Column("id", Integer, primary_key=True),
    _owned_by("plan"),
    Column("stem", String(64), nullable=False),
    Column("counter", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("fraction_group", Integer, nullable=False),
    Column("fields", JSON, nullable=False),
    UniqueConstraint("stem", "counter"),
)
"""Beam sequences, one for each fraction group; `fields` are beam numbers in order."""

fields = Table(
    "fields",
    metadata,
    Column("id", Integer, primary_key=True),
    _owned_by("plan"),
    Column("number", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("description", Text, nullable=False),
    Column("machine", String(16), nullable=False),
    Column("radiation", String(16), nullable=False),
    Column("prescribed", JSON, nullable=False),
    Column("unprescribed", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("information", JSON, nullable=False),
    UniqueConstraint("plan_id", "number"),
)
"""Prescribed fields; `unprescribed` are parameters that the operator must fill in."""

dose_points = Table(
    "dose_points",
    metadata,
    Column("id", Integer, primary_key=True),
    _owned_by("plan"),
    Column("name", String(64), nullable=False),
    Column("type", String(16), nullable=False),
    Column("prior_gy", Float, nullable=False),
    Column("maximum_gy", Float),
)

contributions = Table(
    "contributions",
    metadata,
    Column("id", Integer, primary_key=True),
    _owned_by("plan"),
    Column("field", Integer, nullable=False),
    Column("dose_reference", Integer, nullable=False),
    Column("dose_gy", Float),
)
"""What a field gives to a dose monitoring point; without a dose it is UNPRESCRIBED (Note VI)."""

tolerance_tables = Table(
    "tolerance_tables",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("tolerances", JSON, nullable=False),
)
"""The console's own, global by name (Note IV)."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    _owned_by("plan"),
    Column("fraction_group", Integer, nullable=False),
    Column("delivered", DateTime, nullable=False),
    Column("state", String(32), nullable=False),
    Column("mu", Float, nullable=False),
    Column("files", JSON, nullable=False),
)
"""What became of the fraction groups of stored plans; `files` are paths of logs and records."""

Index("deliveries_by_plan", deliveries.c.plan_id, deliveries.c.delivered)
