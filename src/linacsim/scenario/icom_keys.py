"""What a scenario may say about the iCom stream (docs/reference/icom.md)."""

from typing import Annotated

from pydantic import Field

from linacsim.scenario.words import Strict, Text


class IcomKeys(Strict):
    """The iCom stream of a live run; headless there is none."""

    host: Text = "127.0.0.1"
    """Address to listen on; `0.0.0.0` lets other machines connect."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 1706
    """0: a free one."""
    await_listener: bool = False
    """Whether nothing is loaded before somebody listens."""
    patient_id: Text = "EMULATOR"
    """Under which listeners keep the delivery; never that of a real patient."""
    patient_name: Text = "RESEARCH TEST ONLY"
    site: Text = "EMULATED"
