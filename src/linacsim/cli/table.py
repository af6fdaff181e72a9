"""Tables on the terminal."""

import sys
from collections.abc import Iterable, Sequence

_PIPE_WIDTH = 200


def show_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, left: Sequence[str]
) -> None:
    """Print rows of texts; columns named in `left` are aligned left, the others right."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for heading in headings:
        shown.add_column(
            heading.replace("[", "\\["), justify="left" if heading in left else "right"
        )
    for row in rows:
        shown.add_row(*(cell.replace("[", "\\[") for cell in row))
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(shown)
