"""A device as the real-time engine sees it, whatever wire it hangs on."""

from collections.abc import Callable
from typing import Protocol

from linacsim.devices.peer import Health
from linacsim.model.messages import Message

Post = Callable[[Message], None]
"""Hands a message to the machine; may be called from any thread."""

Now = Callable[[], int]
"""Time in ns since the first tick; negative before it."""


class Device(Protocol):
    """Something that is started before a live run and stopped after it."""

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        ...

    async def start(self, post: Post, now: Now) -> None:
        """Begin to connect, and return at once; what goes wrong is told by `health`."""
        ...

    async def stop(self) -> None:
        """Leave the device safe, close the wire, end all tasks and threads."""
        ...

    def health(self) -> Health:
        """Return how it stands now; never blocks."""
        ...
