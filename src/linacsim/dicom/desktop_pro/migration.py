"""Databases of earlier versions, brought up to date when they are opened."""

from sqlalchemy import Connection, inspect, select, text, update

from linacsim.dicom.desktop_pro import tables
from linacsim.dicom.desktop_pro.names import group_number

_COLUMNS = (
    text("ALTER TABLE sequences ADD COLUMN fraction_group INTEGER"),
    text("ALTER TABLE deliveries ADD COLUMN fraction_group INTEGER"),
)


def add_fraction_groups(connection: Connection) -> None:
    """Give sequences and deliveries their fraction group where the database does not know it yet.

    That of a sequence is in its name. Only the first of a plan could be delivered.
    """
    columns = {column["name"] for column in inspect(connection).get_columns("sequences")}
    if "fraction_group" in columns:
        return
    for column in _COLUMNS:
        connection.execute(column)
    sequences, deliveries = tables.sequences, tables.deliveries
    for number, stem in connection.execute(select(sequences.c.id, sequences.c.stem)).all():
        row = update(sequences).where(sequences.c.id == number)
        connection.execute(row.values(fraction_group=group_number(stem)))
    first = select(sequences.c.fraction_group).where(sequences.c.plan_id == deliveries.c.plan_id)
    first = first.order_by(sequences.c.id).limit(1)
    connection.execute(update(deliveries).values(fraction_group=first.scalar_subquery()))
