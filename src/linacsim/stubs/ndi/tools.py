"""Tool handles of the stub: requested, loaded, initialised, enabled (hil-protocols 1.3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from linacsim.devices.ndi.replies import PortStatus
from linacsim.devices.ndi.tool_file import SIZE, check_tool_file
from linacsim.model.findings import InputError

HANDLES = range(1, 25)
PRIORITIES = frozenset("SDB")


class Refused(Exception):
    """The camera answers with an ERROR code."""

    def __init__(self, code: str) -> None:
        """Take the two digits."""
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Tool:
    """One handle."""

    rom: bytearray = field(default_factory=lambda: bytearray(1024))
    written: int = 0
    initialised: bool = False
    enabled: bool = False

    @property
    def status(self) -> PortStatus:
        """Port status as PHSR and PHINF show it."""
        status = PortStatus.OCCUPIED
        if self.initialised:
            status |= PortStatus.INITIALISED
        if self.enabled:
            status |= PortStatus.ENABLED
        return status


_LISTED: dict[str, Callable[[Tool], bool]] = {
    "00": lambda _tool: True,
    "01": lambda _tool: False,  # wired tools that were pulled out: ours are never
    "02": lambda tool: not tool.initialised,
    "03": lambda tool: tool.initialised and not tool.enabled,
    "04": lambda tool: tool.enabled,
}
"""What PHSR lists by its argument."""


class Tools:
    """All handles of one camera."""

    def __init__(self) -> None:
        """Start with none."""
        self._tools: dict[int, Tool] = {}

    def clear(self) -> None:
        """Free all handles, as a reset does."""
        self._tools.clear()

    def request(self) -> int:
        """Return a new handle."""
        free = next((handle for handle in HANDLES if handle not in self._tools), None)
        if free is None:
            raise Refused("2D")
        self._tools[free] = Tool()
        return free

    def free(self, handle: int) -> None:
        """Free a handle."""
        self.get(handle)
        del self._tools[handle]

    def get(self, handle: int) -> Tool:
        """Return the tool of a handle."""
        if handle not in self._tools:
            raise Refused("08")
        return self._tools[handle]

    def write(self, handle: int, address: int, data: bytes) -> None:
        """Take 64 bytes of a definition."""
        tool = self.get(handle)
        if len(data) != 64 or address % 64 or address + 64 > len(tool.rom):
            raise Refused("36")
        tool.rom[address : address + 64] = data
        tool.written = max(tool.written, address + 64)

    def initialise(self, handle: int) -> None:
        """Take the definition as it is."""
        tool = self.get(handle)
        if tool.written < SIZE:
            raise Refused("13")
        try:
            check_tool_file(bytes(tool.rom))
        except InputError as error:
            raise Refused("40") from error
        tool.initialised = True

    def enable(self, handle: int, priority: str, *, initialises: bool) -> None:
        """Enable a tool; a Vega initialises it if need be, older cameras refuse."""
        if priority not in PRIORITIES:
            raise Refused("09")
        tool = self.get(handle)
        if not tool.initialised:
            if not initialises:
                raise Refused("0E")
            self.initialise(handle)
        tool.enabled = True

    def disable(self, handle: int) -> None:
        """Disable a tool."""
        tool = self.get(handle)
        if not tool.initialised:
            raise Refused("0E")
        tool.enabled = False

    def listed(self, which: str) -> list[tuple[int, Tool]]:
        """Return the handles that PHSR asks for."""
        if which not in _LISTED:
            raise Refused("36")
        asked = _LISTED[which]
        return [(handle, tool) for handle, tool in sorted(self._tools.items()) if asked(tool)]

    @property
    def enabled(self) -> list[tuple[int, Tool]]:
        """Enabled tools by handle."""
        return self.listed("04")
