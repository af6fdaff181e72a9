"""Whether the line of a beam-hold device can be relied on (design GA-13; hil-protocols 4.4, 8.2).

A line that chatters, whose device has lost its heart-beat, or that has not changed for too long is
not: it holds the beam, whatever it says itself, and after a while that is a fault. Edges and beats
may be known ahead of their time; nobody looks at one before. All times are integer ns.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from linacsim.machines.spec import HoldLineRules
from linacsim.model.time import NS_PER_S, seconds, to_ns

NEVER = 1 << 62


class Doubt(StrEnum):
    """Why a line is not relied on."""

    CHATTER = "chatter"
    SILENT = "silent"
    STUCK = "stuck"


class Turn(NamedTuple):
    """A line begins or ceases to be doubted."""

    time_ns: int
    doubted: bool


class LineTrust:
    """One line and its device. Calls come in order of time."""

    def __init__(self, rules: HoldLineRules, *, up: bool = False) -> None:
        """Know of the line only whether it is up."""
        self._rules = rules
        self._watchdog_ns = to_ns(rules.watchdog_s)
        self._quiet_ns = to_ns(rules.longest_quiet_s) or NEVER
        self._longest_ns = to_ns(rules.longest_hold_s) or NEVER
        self._edges: list[tuple[int, bool]] = []
        self._spans: deque[tuple[int, int]] = deque()
        self._counts = rules.chatter_edges_per_s > 0
        self._recent: deque[int] = deque(maxlen=rules.chatter_edges_per_s + 1)
        self._level = self._held = up
        self._changed_ns = 0
        self._beat_ns = NEVER
        self._asked_ns = NEVER
        self._at_ns = -1
        self._doubt: Doubt | None = None
        self._since_ns = 0

    # What comes in -------------------------------------------------------------------------

    def arm(self, now_ns: int) -> None:
        """Ask for heart-beats from now on, where the device must have them."""
        if self._rules.must_beat and self._beat_ns == NEVER:
            self._beat_ns = now_ns

    def ask(self, now_ns: int, *, asked: bool) -> None:
        """Note whether the beam is asked for, running or held, from now on."""
        if not asked:
            self._asked_ns = NEVER
        elif self._asked_ns == NEVER:
            self._asked_ns = now_ns

    def edge(self, time_ns: int, *, hold: bool) -> None:
        """Take an edge."""
        insort(self._edges, (time_ns, hold))

    def beat(self, first_ns: int, last_ns: int) -> None:
        """Take heart-beats from one time to another, closer together than the watchdog.

        Spans come in order of time.
        """
        before_ns = self._spans[-1][1] if self._spans else self._beat_ns
        if first_ns - before_ns >= self._watchdog_ns or before_ns == NEVER:
            self._spans.append((first_ns, last_ns))
        elif self._spans:
            self._spans[-1] = (self._spans[-1][0], last_ns)
        else:
            self._beat_ns = last_ns

    def silence(self, last_ns: int) -> None:
        """Take back the heart-beats that were told for after a time."""
        spans = ((first_ns, min(end_ns, last_ns)) for first_ns, end_ns in self._spans)
        self._spans = deque(span for span in spans if span[0] <= last_ns)
        if self._beat_ns != NEVER:
            self._beat_ns = min(self._beat_ns, last_ns)

    # What follows --------------------------------------------------------------------------

    def turns(self, now_ns: int, until_ns: int) -> Iterator[Turn]:
        """Yield the turns from now up to and including `until_ns`, each once."""
        due_ns = max(now_ns, self._at_ns)
        while due_ns <= until_ns:
            self._pass_to(due_ns)
            before, self._doubt = self._doubt, self._doubt_now()
            if (before is None) != (self._doubt is None):
                self._since_ns = due_ns
                yield Turn(due_ns, self._doubt is not None)
            due_ns = self._next_ns()

    def next_turn_ns(self) -> int:
        """Return a time before which no turn comes, as far as is known."""
        near = len(self._recent) + len(self._edges) > self._rules.chatter_edges_per_s
        return self._next_ns(edges=(self._counts and near) or self._doubt is not None)

    def next_fault_ns(self, now_ns: int) -> int:
        """Return when the line becomes a fault by itself; `NEVER` if it does not."""
        due = [self._held_until_ns]
        if self._doubt is not None:
            due.append(self._since_ns + to_ns(self._rules.fault_after_s))
        return min((time_ns for time_ns in due if time_ns > now_ns), default=NEVER)

    def fault(self, now_ns: int) -> tuple[Doubt, str] | None:
        """Return what fault the line is by now, with words for people."""
        if now_ns >= self._held_until_ns:
            return Doubt.STUCK, f"has held for {self._rules.longest_hold_s:g} s"
        if self._doubt is None or now_ns < self._since_ns + to_ns(self._rules.fault_after_s):
            return None
        return self._doubt, self.why()

    def why(self) -> str:
        """Return why the line is not relied on, for people; empty if it is."""
        match self._doubt:
            case Doubt.CHATTER:
                return f"more than {self._rules.chatter_edges_per_s} edges in a second"
            case Doubt.SILENT:
                return f"silent for {seconds(self._watchdog_ns):g} s"
            case Doubt.STUCK:
                return f"no edge for {self._rules.longest_quiet_s:g} s"
            case _:
                return ""

    @property
    def untested(self) -> bool:
        """Whether the device must show a hold before the start and has not."""
        return bool(self._rules.self_test) and not self._held

    # Inside --------------------------------------------------------------------------------

    def _next_ns(self, *, edges: bool = True) -> int:
        """Return when what is known of the line changes next."""
        due = [self._silent_ns, self._stuck_ns, self._calm_ns]
        if edges and self._edges:
            due.append(self._edges[0][0])
        if self._spans:
            due.append(self._spans[0][0])
        return min((time_ns for time_ns in due if time_ns > self._at_ns), default=NEVER)

    def _pass_to(self, time_ns: int) -> None:
        self._at_ns = time_ns
        while self._edges and self._edges[0][0] <= time_ns:
            edge_ns, level = self._edges.pop(0)
            if level is self._level:
                continue
            self._level = level
            self._recent.append(edge_ns)
            self._changed_ns = edge_ns
            self._held = self._held or self._level
        while self._spans and self._spans[0][0] <= time_ns:
            _, self._beat_ns = self._spans.popleft()

    def _doubt_now(self) -> Doubt | None:
        if self._at_ns < self._calm_ns < NEVER:
            return Doubt.CHATTER
        if self._at_ns >= self._silent_ns:
            return Doubt.SILENT
        return Doubt.STUCK if self._at_ns >= self._stuck_ns else None

    @property
    def _calm_ns(self) -> int:
        """When the edges so far are no longer too many; `NEVER` if they never were."""
        full = len(self._recent) == self._recent.maxlen
        return self._recent[0] + NS_PER_S if full and self._counts else NEVER

    @property
    def _silent_ns(self) -> int:
        return NEVER if self._beat_ns == NEVER else self._beat_ns + self._watchdog_ns

    @property
    def _stuck_ns(self) -> int:
        if NEVER in (self._asked_ns, self._quiet_ns):
            return NEVER
        return max(self._changed_ns, self._asked_ns) + self._quiet_ns

    @property
    def _held_until_ns(self) -> int:
        if not self._level or NEVER in (self._asked_ns, self._longest_ns):
            return NEVER
        return max(self._changed_ns, self._asked_ns) + self._longest_ns
