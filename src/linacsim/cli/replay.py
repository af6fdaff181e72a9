"""`linacsim replay`."""

import time
from pathlib import Path
from typing import Annotated

import typer

from linacsim.cli.guard import DONE, NOT_MET
from linacsim.cli.options import Json, Quiet
from linacsim.cli.terminal import Terminal


def replay(
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="Journal of a run.", show_default=False)
    ],
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Replay a journal and compare bit by bit.

    The exit code is 0 if they are the same or the journal was cut off, 1 if any frame differs.
    """
    from linacsim import __version__
    from linacsim.engines.journal import read_journal
    from linacsim.engines.replay import replay as run_again

    terminal = Terminal(json, quiet)
    recorded = read_journal(journal)
    started_s = time.perf_counter()
    result = run_again(recorded)
    wall_s = time.perf_counter() - started_s
    verdict = {
        True: "identical",
        False: f"frames differ in {', '.join(result.differing)}",
        None: "nothing to compare with: the journal was cut off before its end",
    }[result.identical]
    terminal.say(f"{result.ticks} ticks: {verdict}")
    written_by = recorded.versions.get("linacsim")
    if result.identical is False and written_by != __version__:
        terminal.say(f"the journal was written by linacsim {written_by}, this is {__version__}")
    terminal.remark(f"replayed {result.ticks / 100:.2f} s in {wall_s:.2f} s")
    terminal.result(
        {
            "ticks": result.ticks,
            "identical": result.identical,
            "differing": list(result.differing),
            "frames_sha256": result.digest,
            "versions": recorded.versions,
        }
    )
    return NOT_MET if result.identical is False else DONE
