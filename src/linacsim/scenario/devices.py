"""The devices of a scenario: drivers, links, and the stubs that stand in for hardware."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linacsim.devices.device import Device
from linacsim.devices.link import SerialLink, Wire
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.ndi.calibration import AT_THE_FOOT
from linacsim.devices.ndi.driver import PolarisDriver
from linacsim.devices.ndi.forms import ReplyForm
from linacsim.devices.ndi.settings import PolarisSettings
from linacsim.devices.ndi.tool_file import make_tool_file
from linacsim.devices.peer import Driver, Peer
from linacsim.devices.stages.driver import StageDriver
from linacsim.devices.stages.guard import StagePosition
from linacsim.engines.simulated import SimulatedDevices
from linacsim.engines.wired import SimulatedWire
from linacsim.model.findings import InputError, Place
from linacsim.model.joints import FrameSink
from linacsim.model.time import NS_PER_MS
from linacsim.motion.source import Motion
from linacsim.motion.waveforms import Uniform
from linacsim.scenario.csv import csv_driver, csv_stub
from linacsim.scenario.csv_keys import CsvMarkerKeys
from linacsim.scenario.device_base import STUB
from linacsim.scenario.device_keys import DeviceKeys, PolarisKeys
from linacsim.scenario.llp import LlpKeys, llp_driver, llp_stub
from linacsim.scenario.llp_keys import GateBoxKeys
from linacsim.scenario.marker_base import MarkerBase
from linacsim.scenario.markers import calibration_of, limits_of
from linacsim.scenario.stage_keys import StageBase, StageKeys
from linacsim.scenario.stages import (
    CouchFollower,
    Reported,
    check_stand_in,
    mounting_of,
    stage_driver,
    stage_stub,
)
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.faulty import FaultyPeer
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Polaris, model_of
from linacsim.stubs.plug import Plug
from linacsim.stubs.stages.carried import Carried

TCP = "socket://"


@dataclass(frozen=True, slots=True)
class Bench:
    """All devices of a scenario and what they look at."""

    keys: tuple[DeviceKeys, ...]
    motion: Motion
    """What stubs see; at rest where the scenario has no motion."""
    seed: int
    path: Path
    """The scenario."""
    carried: Mapping[str, Carried]
    """The markers on stages, by the name of the stage."""
    followers: Mapping[str, CouchFollower]
    """Sinks of frames that tell stages where the couch has been, by the name of the stage."""
    host: HostState = field(default_factory=HostState)
    """What devices are told of the machine."""
    stage_drivers: dict[str, StageDriver[Any]] = field(default_factory=dict)
    """Those that were made last, by the name of the stage."""

    @property
    def sources(self) -> frozenset[str]:
        """Tracking sources that devices stand for."""
        return frozenset(k.source for k in self.keys if isinstance(k, MarkerBase))

    @property
    def markers(self) -> tuple[MarkerBase, ...]:
        """Devices that see a marker."""
        return tuple(keys for keys in self.keys if isinstance(keys, MarkerBase))

    @property
    def stages(self) -> tuple[StageKeys, ...]:
        """Devices that move."""
        return tuple(keys for keys in self.keys if isinstance(keys, StageBase))

    def positions(self, stage: str) -> Sequence[StagePosition]:
        """Return where a stage was by its own account, the newest last."""
        return self.stage_drivers[stage].positions

    @property
    def boxes(self) -> frozenset[int]:
        """Beam-hold devices whose readiness a box tells."""
        return frozenset(k.device for k in self.keys if isinstance(k, GateBoxKeys))

    @property
    def stubs(self) -> tuple[DeviceKeys, ...]:
        """Devices for which a stub stands in."""
        return tuple(keys for keys in self.keys if keys.url == STUB)

    @property
    def watchers(self) -> tuple[FrameSink, ...]:
        """What must see the frames of a run."""
        return (self.host, *self.followers.values())

    def wires(self) -> SimulatedDevices:
        """Return simulated wires to all stubs. Raises InputError for a device that is real."""
        for keys in self.keys:
            if keys.url != STUB:
                raise InputError(
                    f"device {keys.name} is at {keys.url}: run this scenario with --realtime",
                    Place(str(self.path), element="devices"),
                )
        stubs, plugs = self.peers(), self.plugs()
        # A stage is always ahead of the camera that sees what it carries.
        ordered = sorted(self.keys, key=lambda keys: not isinstance(keys, StageBase))
        return SimulatedDevices(
            [
                SimulatedWire(
                    self.driver(keys), stubs[keys.name], baud=keys.baud, plug=plugs[keys.name]
                )
                for keys in ordered
            ]
        )

    def links(self, stubs_at: dict[str, str]) -> list[Device]:
        """Return the devices on real wires; `stubs_at` gives the URLs of stubs by name."""
        out: list[Device] = []
        for keys in self.keys:
            url = stubs_at[keys.name] if keys.url == STUB else keys.url
            driver = self.driver(keys, url)
            if isinstance(driver, StageDriver):
                self.carried[keys.name].attach(Reported(driver))
            out.append(SerialLink(keys.name, Wire(url, keys.baud), driver))
        return out

    def look_at(self, keys: DeviceKeys) -> None:
        """Raise InputError for a device that cannot be, before anything is opened."""
        self.driver(keys)
        if isinstance(keys, StageBase) and keys.url == STUB:
            check_stand_in(keys)

    def driver(self, keys: DeviceKeys, url: str = STUB) -> Driver:
        """Return the driver of a device. Raises InputError for settings that cannot be."""
        if isinstance(keys, StageBase):
            follower = self.followers.get(keys.name)
            stage = stage_driver(keys, self.motion, follower, self.host)
            self.stage_drivers[keys.name] = stage
            return stage
        if isinstance(keys, CsvMarkerKeys):
            return csv_driver(keys)
        if isinstance(keys, LlpKeys):
            return llp_driver(keys, self.host)
        return PolarisDriver(keys.name, self._polaris(keys, url))

    def peers(self) -> dict[str, Peer]:
        """Return the stand-ins by name; they share a world in which stages carry markers."""
        out: dict[str, Peer] = {}
        for keys in self.stubs:
            if isinstance(keys, StageBase):
                out[keys.name], carrier = stage_stub(keys, self.seed)
                self.carried[keys.name].attach(carrier)
            elif isinstance(keys, CsvMarkerKeys):
                out[keys.name] = csv_stub(keys, self.motion, self.seed)
            elif isinstance(keys, LlpKeys):
                out[keys.name] = llp_stub(keys, self.motion, self.seed)
            else:
                out[keys.name] = self._camera(keys)
        return out

    def plugs(self) -> dict[str, Plug]:
        """Return the plugs of the stand-ins by name."""
        return {
            keys.name: Plug(Faults([fault_of(text) for text in keys.stub.faults]))
            for keys in self.stubs
        }

    def marker_of(self, source: str) -> Carried | None:
        """Return the marker on a stage that stands for a tracking source; None: it is on none."""
        for keys in self.keys:
            if isinstance(keys, PolarisKeys) and keys.source == source and keys.stub.carried_by:
                return self.carried[keys.stub.carried_by]
        return None

    def _camera(self, keys: PolarisKeys) -> Peer:
        behaviour = keys.stub
        faults = [fault_of(text) for text in behaviour.faults]
        carrier = behaviour.carried_by
        camera = Camera(
            self.carried[carrier] if carrier else self.motion,
            calibration=calibration_of(keys.calibration, AT_THE_FOOT),
            rate_hz=keys.rate_hz,
            noise_mm=behaviour.noise_mm,
            seed=self.seed,
            faults=Faults(faults, self.seed),
        )
        model = model_of(behaviour.freeze_tag)
        return FaultyPeer(Polaris(camera, model), Faults(faults, self.seed))

    def _polaris(self, keys: PolarisKeys, url: str) -> PolarisSettings:
        return PolarisSettings(
            tool_file=self._tool_file(keys.tool_file),
            calibration=calibration_of(keys.calibration, AT_THE_FOOT),
            limits=limits_of(keys, stride=60 / keys.rate_hz),
            rate_hz=keys.rate_hz,
            latency_ns=round(keys.latency_ms * NS_PER_MS),
            reply=ReplyForm(keys.reply),
            baud=None if url.startswith(TCP) else keys.baud,
            serial=keys.serial_number,
            source=keys.source,
        )

    def _tool_file(self, name: str | None) -> bytes:
        if name is None:
            return make_tool_file()
        file = self.path.parent / name
        try:
            return file.read_bytes()
        except OSError as error:
            text = f"cannot read the tool definition: {error.strerror}"
            raise InputError(text, Place(str(file))) from error


def bench_of(
    keys: Sequence[DeviceKeys], motion: Motion | None, seed: int, path: Path
) -> Bench | None:
    """Return the devices of a scenario; None where it has none."""
    if not keys:
        return None
    stages = [one for one in keys if isinstance(one, StageBase)]
    try:
        mountings = {one.name: mounting_of(one) for one in stages}
    except InputError as error:
        raise InputError(str(error), Place(str(path), element="devices")) from None
    bench = Bench(
        tuple(keys),
        motion or Uniform(),
        seed,
        path,
        {name: Carried(mounting, name) for name, mounting in mountings.items()},
        {one.name: CouchFollower(mountings[one.name]) for one in stages if one.follow},
    )
    for one in keys:
        with _placed(path, one):
            bench.look_at(one)
    return bench


@contextmanager
def _placed(path: Path, keys: DeviceKeys) -> Iterator[None]:
    """Say of what is wrong with a device in which scenario, and of which device."""
    try:
        yield
    except InputError as error:
        if error.place.file is not None:
            raise
        raise InputError(str(error), Place(str(path), element=keys.name)) from None
