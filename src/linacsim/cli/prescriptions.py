"""`linacsim prescriptions`: what the node has stored."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.delivering import Delivering, deliver_files
from linacsim.cli.guard import DONE, guarded
from linacsim.cli.motion import MotionOptions
from linacsim.cli.options import GroupNumber, Json, Machine, Out
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.dicom.desktop_pro.database import Service
    from linacsim.scenario.stored import StoredGroup

app = typer.Typer(help="Prescriptions that the node has stored.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="Configuration of `linacsim serve`.")
]
Database = Annotated[
    str | None, typer.Option("--database", help="Database file or URL, instead of --config.")
]
Id = Annotated[int, typer.Argument(metavar="ID", help="As `list` shows it.", show_default=False)]


@contextmanager
def _service(config: Path | None, database: str | None) -> "Iterator[Service]":
    from linacsim.scenario.service import find_service

    service = find_service(config, database)
    from linacsim.dicom.desktop_pro.database import NotSaved

    try:
        yield service
    except NotSaved as error:
        raise InputError(f"the database failed: {error}") from None
    finally:
        service.close()


def show_list(config: Config = None, database: Database = None, json: Json = False) -> int:
    """List stored plans, a line for each fraction group."""
    from linacsim.scenario.stored import groups_of

    terminal = Terminal(json)
    with _service(config, database) as service:
        found = service.prescriptions()
    for one in found:
        start = f"{one['id']:4d}  {one['received']:%Y-%m-%d %H:%M:%S}"
        for group in groups_of(one):
            terminal.line(f"{start}  {group.sequence['name']}{_state(group)}")
    if not found:
        terminal.line("no prescriptions")
    terminal.result([_plain(one) for one in found])
    return DONE


def show(
    id: Id,
    config: Config = None,
    database: Database = None,
    dicom: Annotated[
        Path | None, typer.Option(help="Also write the plan as it came to this new file.")
    ] = None,
    json: Json = False,
) -> int:
    """Show all that is stored of a plan."""
    from linacsim.scenario.stored import groups_of

    terminal = Terminal(json)
    with _service(config, database) as service:
        one = service.prescription(id)
    terminal.line(f"{one['label']} of patient {one['patient_id']}, from {one['sender']}")
    for group in groups_of(one):
        fields = ", ".join(str(field["number"]) for field in group.fields)
        terminal.line(f"sequence  {group.sequence['name']}: fields {fields}{_state(group)}")
    for field in one["fields"]:
        terminal.line(f"field {field['number']}  {field['name']}, {field['machine']}")
        for name, text in sorted(field["prescribed"].items()):
            terminal.line(f"    {name}: {text}")
        for name in field["unprescribed"]:
            terminal.line(f"    {name}: UNPRESCRIBED")
        for note in field["notes"]:
            terminal.line(f"    note: {note}")
    for text in one["warnings"]:
        terminal.line(f"warning   {text}")
    for delivery in one["deliveries"]:
        when = f"{delivery['delivered']:%Y-%m-%d %H:%M:%S}"
        terminal.line(
            f"delivered {when}: group {delivery['fraction_group']}, "
            f"{delivery['state']}, {delivery['mu']:.2f} MU"
        )
    if dicom is not None:
        with dicom.open("xb") as file:
            file.write(one["dicom"])
    terminal.result(_plain(one))
    return DONE


def complete(
    id: Id,
    field: Annotated[int, typer.Option("--field", help="Number of the beam.")],
    values: Annotated[
        list[str], typer.Option("--set", metavar="NAME=VALUE", help="What is prescribed.")
    ],
    config: Config = None,
    database: Database = None,
) -> int:
    """Fill in what a plan left UNPRESCRIBED: of a field, for all fraction groups that have it."""
    from linacsim.scenario.completion import parsed_values
    from linacsim.scenario.linacs import check_on_linac
    from linacsim.scenario.stored import unprescribed

    with _service(config, database) as service:
        wanted = parsed_values(values)
        if config is not None:
            check_on_linac(service.prescription(id), field, wanted, config)
        service.complete(id, field, wanted)
        left = unprescribed(service.prescription(id)["fields"])
    still = f" (UNPRESCRIBED: {', '.join(left)})" if left else ""
    Terminal().say(f"prescription {id}, field {field}: completed{still}")
    return DONE


def delete(id: Id, config: Config = None, database: Database = None) -> int:
    """Forget a plan and all that belongs to it."""
    with _service(config, database) as service:
        service.delete(id)
    Terminal().say(f"prescription {id} is deleted")
    return DONE


def deliver_one(
    id: Id,
    config: Config = None,
    database: Database = None,
    group: GroupNumber = None,
    machine: Machine = None,
    out: Out = Path(),
    seed: Annotated[int, typer.Option(min=0, help="All chance in the run comes from it.")] = 1,
    remaining: Annotated[
        bool, typer.Option("--remaining", help="Deliver what is left of a fraction that was begun.")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Deliver all of a fraction that was begun once more.")
    ] = False,
) -> int:
    """Deliver the next fraction of a stored group with its records, and note what became of it.

    Without --machine it goes to the one that has the head of its linac in --config, or else to the
    one that has its MLC.
    """
    from datetime import datetime

    from linacsim.scenario.completion import completed_plan
    from linacsim.scenario.fractions import ABANDONED, COMPLETE, NOT_COMPLETE
    from linacsim.scenario.linacs import machine_of
    from linacsim.scenario.stored import group_of

    with _service(config, database) as service:
        from linacsim.dicom.desktop_pro.database import Delivery

        stored = service.prescription(id)
        chosen = group_of(stored, group)
        course = chosen.course
        course.check(remaining=remaining, anew=anew)
        plan = completed_plan(stored["dicom"], chosen)
        if machine is None and config is not None:
            machine = machine_of(chosen, config)
        out.mkdir(parents=True, exist_ok=True)
        path = out / chosen.plan_name()
        with path.open("xb") as file:
            file.write(plan)
        before = course.records() if remaining else []
        try:
            delivering, code = _deliver_fraction(
                path, group, course.fraction, before, machine, seed
            )
        except InputError:
            path.unlink()
            raise
        if delivering.written and delivering.treatment:
            state = COMPLETE if code == DONE else NOT_COMPLETE
            made = tuple(str(one) for one in (path, *delivering.written))
            if anew:
                service.abandon(id, chosen.number, NOT_COMPLETE, ABANDONED)
            mu = delivering.treatment.mu
            service.delivered(id, Delivery(chosen.number, datetime.now(), state, mu, made))
        else:
            path.unlink()
    return code


def _deliver_fraction(
    plan: Path,
    group: int | None,
    fraction: int,
    before: list[Path],
    machine: str | None,
    seed: int,
) -> tuple[Delivering, int]:
    """Deliver a plan, less what the records `before` say, into its folder; return the exit code."""
    from linacsim.machines import load_machine
    from linacsim.scenario.beam_file import open_beams
    from linacsim.scenario.recorder import RecordOptions
    from linacsim.scenario.records import Records, delivered_mu
    from linacsim.scenario.remainder import remaining

    files = open_beams(plan, load_machine(machine) if machine else None, group=group)
    if before:
        files = remaining(files, delivered_mu(plan, before, group))
    records = RecordOptions(plan.parent)
    delivering = Delivering(Terminal(), records, plot=False, named=bool(machine))
    if all(file.deliverable for file in files):
        delivering.treatment = Records.of(plan, None, files, group=group, fraction=fraction)
    return delivering, deliver_files(plan, files, delivering, MotionOptions(), seed=seed)


def _state(group: "StoredGroup") -> str:
    """Return what is to be said of a fraction group beside its name."""
    parts = []
    if group.unprescribed:
        parts.append(f"UNPRESCRIBED: {', '.join(group.unprescribed)}")
    fractions = group.course.fraction - 1
    if fractions:
        parts.append(f"{fractions} fraction{'' if fractions == 1 else 's'} delivered")
    if group.left_mu is not None:
        parts.append(f"fraction {group.course.fraction} begun, {group.left_mu:.1f} MU left")
    return f" ({'; '.join(parts)})" if parts else ""


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a prescription as plain data, with the state of its groups, without the file."""
    from linacsim.scenario.stored import groups_of

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items() if key != "dicom"}
        return value.isoformat() if hasattr(value, "isoformat") else value

    groups = [group.record() for group in groups_of(one)]
    out: dict[str, Any] = plain(dict(one) | {"sequences": groups})
    return out


for name, command in (
    ("list", show_list),
    ("show", show),
    ("complete", complete),
    ("deliver", deliver_one),
    ("delete", delete),
):
    app.command(name)(guarded(command))
