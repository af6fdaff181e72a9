"""The stubs of a scenario as one process of their own, sharing the world they measure and move.

They are another process because some clients hold the interpreter while they wait, and because
hardware that shares a processor's lock with the machine would not be hardware.
"""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread

from linacsim.model.findings import InputError

START_S = 30.0
END_S = 2.0
LONGEST_LINE = 500
"""Characters of what the process complains of that are shown."""
AT = " at "
EPOCH = "--await-epoch"
"""Read time zero from stdin, and end with whoever asked for it."""
OWNED = "--owned"
"""End with whoever started it."""


class BenchProcess:
    """A running bench; a context manager, so that no process is left behind."""

    def __init__(self, stub: Sequence[str], names: Sequence[str]) -> None:
        """Start `linacsim stub` with these arguments; learn where the stubs of these names are.

        Raises InputError, with what the process complains of, if they do not come up.
        """
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "linacsim", "stub", *stub],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines: Queue[str] = Queue()
        self._last_words = ""
        Thread(target=self._read, args=(lines,), daemon=True).start()
        self._complaints = Thread(target=self._hear_complaints, daemon=True)
        self._complaints.start()
        self.urls: dict[str, str] = {}
        try:
            while len(self.urls) < len(names):
                name, _, url = lines.get(timeout=START_S).partition(AT)
                self.urls[name.split()[0]] = url.strip()
        except (Empty, IndexError):
            self.close()
            why = self._last_words or f"nothing was said in {START_S:g} s"
            raise InputError(f"{', '.join(names)}: did not start: {why}") from None

    def begin(self, epoch_ns: int) -> None:
        """Let the stubs' time be zero at a time of the monotonic clock.

        Raises InputError where they are gone already.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{epoch_ns}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._complaints.join(END_S)
            why = self._last_words or "nothing was said"
            raise InputError(f"{', '.join(self.urls)}: ended before the run began: {why}") from None

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()  # wakes one that still waits for its epoch
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.join(END_S)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> "BenchProcess":
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process."""
        self.close()

    def _hear_complaints(self) -> None:
        """Keep the last line, and the pipe from filling up."""
        assert self._process.stderr is not None
        while line := self._process.stderr.readline(LONGEST_LINE):
            self._last_words = line.strip().removeprefix("linacsim: ") or self._last_words

    def _read(self, lines: "Queue[str]") -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                lines.put(line)
        except ValueError:
            pass  # closed while we waited
        lines.put("")
