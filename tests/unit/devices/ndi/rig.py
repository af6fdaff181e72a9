"""A driver, a stub and the wire between them, all in simulated time."""

from dataclasses import dataclass

from linacsim.devices.ndi.calibration import AT_THE_FOOT
from linacsim.devices.ndi.driver import PolarisDriver
from linacsim.devices.ndi.settings import PolarisSettings
from linacsim.devices.ndi.tool_file import make_tool_file
from linacsim.devices.sample import Limits, Mark
from linacsim.engines.wired import SimulatedWire
from linacsim.model.messages import DeviceReport, Message, Samples, Standing
from linacsim.model.time import NS_PER_S
from linacsim.motion.waveforms import Regular
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Model, Polaris

MS = 1_000_000
SECOND = 1000 * MS
LIMITS = Limits(period_ns=NS_PER_S // 60, allowed=Mark.SIMULATED)
SETTINGS = PolarisSettings(make_tool_file(), AT_THE_FOOT, LIMITS)
BREATH = Regular(1.5, 4.0, power=2)


@dataclass
class Rig:
    """A driver, a stub and what the machine was told."""

    driver: PolarisDriver
    stub: Polaris
    wire: SimulatedWire

    def run(self, until_ns: int) -> list[Message]:
        self.wire.advance(until_ns)
        return list(self.driver.messages())


def rig(settings: PolarisSettings = SETTINGS, stub: Polaris | None = None, **wire) -> Rig:
    driver = PolarisDriver("camera", settings)
    stub = stub or Polaris(Camera(BREATH))
    return Rig(driver, stub, SimulatedWire(driver, stub, **wire))


def samples(messages: list[Message]) -> list:
    return [s for message in messages if isinstance(message, Samples) for s in message.samples]


def standings(messages: list[Message]) -> list[tuple[Standing, str]]:
    return [(m.standing, m.text) for m in messages if isinstance(m, DeviceReport)]


class Asked(Polaris):
    """A camera that keeps what it is asked."""

    def __init__(self, camera: Camera, model: Model | None = None) -> None:
        super().__init__(camera, model)
        self.questions: list[str] = []

    def _obey(self, name: str, arguments: str) -> str | bytes:
        self.questions.append(name)
        return super()._obey(name, arguments)
