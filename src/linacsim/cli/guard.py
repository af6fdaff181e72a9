"""What users see when something is wrong: one line that says what, where and what to do."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from linacsim.cli.interrupts import is_interrupt
from linacsim.model.findings import InputError, os_reason

Parameters = ParamSpec("Parameters")

DONE = 0
NOT_MET = 1
"""An expectation missed, a beam not deliverable, a frame that differs."""
BAD_INPUT = 2
STOPPED = 130
"""As shells report a program that Ctrl-C ended."""

DEBUG = "LINACSIM_DEBUG"


def complain(text: str) -> None:
    """Write one line to stderr."""
    typer.echo(f"linacsim: {' '.join(text.splitlines())}", err=True)


def told(error: InputError | OSError) -> str:
    """Return what is wrong, where and what to do."""
    if isinstance(error, InputError):
        return str(error)
    reason = os_reason(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def guarded(command: Callable[Parameters, int]) -> Callable[Parameters, None]:
    """Turn a command that returns its exit code and may raise into one that never shows a trace."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        code = _code_of(lambda: command(*args, **kwargs))
        raise typer.Exit(code)

    return run


def _code_of(command: Callable[[], int]) -> int:
    try:
        return command()
    except InputError as error:
        complain(told(error))
        return BAD_INPUT
    except BrokenPipeError:
        # Whoever read our output has enough; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        complain(told(error))
        return BAD_INPUT
    except (KeyboardInterrupt, Exception) as error:
        if is_interrupt(error):
            complain("stopped by Ctrl-C")
            return STOPPED
        if os.environ.get(DEBUG):
            raise
        complain(
            f"defect: {type(error).__name__}: {error} "
            f"(set {DEBUG}=1 to see where, and please report it with your input)"
        )
        return NOT_MET
