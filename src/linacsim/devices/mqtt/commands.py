"""Commands to the operator's console: off unless allowed by name, obeyed once, never too late."""

from collections import OrderedDict

from pydantic import ValidationError

from linacsim.devices.mqtt.payloads import Ack, Command, why_not
from linacsim.model.messages import Action, Operator

OBEYED, NOT_ALLOWED, NOT_UNDERSTOOD, TOO_LATE, ALREADY = range(5)
REMEMBERED = 256
_ARGUMENTS = {"argument", "value"}


class Console:
    """Turns command payloads into operator messages."""

    def __init__(self, allowed: frozenset[Action]) -> None:
        """Obey these actions and no others."""
        self._allowed = allowed
        self._done: OrderedDict[str, Ack] = OrderedDict()

    def obey(
        self, name: str, payload: bytes, *, retained: bool, unix_ms: int
    ) -> tuple[Operator | None, Ack]:
        """Return what the machine is told, if anything, and the answer."""
        try:
            command = Command.model_validate_json(payload)
        except ValidationError as error:
            return None, Ack(id="?", code=NOT_UNDERSTOOD, text=why_not(error))
        if command.id in self._done:
            return None, Ack(id=command.id, code=ALREADY, text=self._done[command.id].text)
        message, answer = self._judge(name, command, retained=retained, unix_ms=unix_ms)
        self._done[command.id] = answer
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return message, answer

    def _judge(
        self, name: str, command: Command, *, retained: bool, unix_ms: int
    ) -> tuple[Operator | None, Ack]:
        def refused(code: int, text: str) -> tuple[None, Ack]:
            return None, Ack(id=command.id, code=code, text=text)

        if retained:
            return refused(TOO_LATE, "a retained command is never obeyed")
        if name not in {action.value for action in self._allowed}:
            allowed = ", ".join(sorted(self._allowed)) or "none"
            return refused(NOT_ALLOWED, f"{name} is not allowed here; allowed: {allowed}")
        if unix_ms > command.exp_ms:
            return refused(TOO_LATE, f"expired {unix_ms - command.exp_ms} ms ago")
        if unknown := set(command.args) - _ARGUMENTS:
            return refused(NOT_UNDERSTOOD, f"unknown arguments {', '.join(sorted(unknown))}")
        argument, value = command.args.get("argument", ""), command.args.get("value", 0.0)
        if not isinstance(argument, str) or isinstance(value, str):
            return refused(NOT_UNDERSTOOD, "argument is a text, value a number")
        message = Operator(Action(name), argument, float(value))
        return message, Ack(id=command.id, code=OBEYED, text=f"{name} pressed")
