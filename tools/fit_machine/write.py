"""A fit as a machine file and as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from linacsim.machines.tables import Table, read_chain, shipped_files
from tools.fit_machine.found import Answer, Found, Kept
from tools.fit_machine.logs import Source


@dataclass(frozen=True, slots=True)
class Fit:
    """All that a set of logs says about a machine."""

    base: str
    """Name of the shipped machine that it extends."""
    sources: tuple[Source, ...]
    answers: tuple[Answer, ...]

    @property
    def found(self) -> tuple[Found, ...]:
        """Numbers that the logs tell."""
        return tuple(item for item in self.answers if isinstance(item, Found))

    @property
    def kept(self) -> tuple[Kept, ...]:
        """Numbers that they do not."""
        return tuple(item for item in self.answers if isinstance(item, Kept))


def machine_file(fit: Fit, name: str) -> str:
    """Return the text of a machine file that extends the base by what was found."""
    return "\n".join([*_header(fit, name), *_sections(fit), *_unknown(fit), ""])


def comparison(fit: Fit) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield key, base, fitted with its error, observations and logs, as texts."""
    base = base_table(fit.base)
    for item in fit.found:
        yield (
            item.dotted,
            f"{_base_value(base, item):.6g}",
            f"{rounded(item):g} +/- {item.error:.2g}",
            str(item.observations),
            str(item.logs),
        )


def base_table(name: str) -> Table:
    """Return the numbers of a shipped machine."""
    return read_chain(shipped_files()[name])


def rounded(item: Found) -> float:
    """Return the value with two digits more than its error allows, six at most."""
    digits = 6
    if item.error:
        digits = max(0, 2 - int(f"{item.error:.0e}".split("e")[1]))
    return float(f"{round(item.value, digits):.6g}")


def _header(fit: Fit, name: str) -> Iterator[str]:
    yield f"# Fitted to trajectory logs, on top of {fit.base}."
    yield "# Research and test use only: no statement about any machine beyond these logs."
    yield "#"
    yield "# Logs, by the first digits of their SHA-256:"
    for source in fit.sources:
        recording = source.recording
        yield (
            f"#   {source.digest}  {len(recording)} snapshots of {source.dt_s * 1000:g} ms, "
            f"energy {source.energy or 'unknown'}"
        )
    yield ""
    yield "schema = 1"
    yield f'extends = "{fit.base}"'
    yield f'name = "{name}"'
    yield f'title = "Fitted to logs, on top of {fit.base}"'


def _sections(fit: Fit) -> Iterator[str]:
    for section, items in groupby(sorted(fit.found, key=_place), key=lambda item: item.section):
        yield ""
        yield f"[{_quoted(section)}]"
        for item in items:
            yield f'{item.key} = {{ value = {rounded(item)!r}, source = "{_source(item, fit)}" }}'


def _source(item: Found, fit: Fit) -> str:
    times = "once" if item.observations == 1 else f"{item.observations} times"
    return (
        f"fitted: {item.how}; +/- {item.error:.2g} (95 %), seen {times} in "
        f"{item.logs} of {len(fit.sources)} logs"
    )


def _unknown(fit: Fit) -> Iterator[str]:
    base = base_table(fit.base)
    yield ""
    yield "# What these logs cannot tell; the numbers of the base hold:"
    for item in sorted(fit.kept, key=_place):
        yield f"#   {item.dotted} = {_base_value(base, item):g}: {item.why}"


def _base_value(base: Table, item: Answer) -> float:
    return float(base.numbers[item.section][item.key].value)


def _quoted(section: str) -> str:
    head, _, name = section.partition(".")
    return f'{head}."{name}"' if "." in name else section


def _place(item: Answer) -> tuple[str, str]:
    return item.section, item.key
