"""A marker that publishes its position."""

from linacsim.devices.llp.marker import AS_IN_THE_ROOM
from linacsim.devices.mqtt import topics
from linacsim.devices.mqtt.device import Adapter, Behind
from linacsim.devices.mqtt.payloads import Sample
from linacsim.devices.ndi.calibration import Calibration
from linacsim.devices.sample import Mark, RawSample
from linacsim.model.messages import Samples

_NOWHERE = (float("nan"),) * 3


class MqttMarker(Adapter[Sample]):
    """Makes `Samples` of what it publishes."""

    leaf = topics.SAMPLE

    def __init__(
        self,
        name: str,
        use: Behind,
        source: str = "NDI",
        calibration: Calibration = AS_IN_THE_ROOM,
    ) -> None:
        """Take the tracking source that it stands for, and where it stands itself."""
        super().__init__(name, Sample, use)
        self._source = source
        self._calibration = calibration

    def _use(self, said: Sample, measured_ns: int | None, marks: Mark, now_ns: int) -> None:
        place = _NOWHERE
        if said.d is not None:
            x, y, z = said.d[:3]
            place = self._calibration.to_room_cm((x, y, z))
        judged = self.guard.take(RawSample(place, measured_ns, said.seq, marks), now_ns)
        if judged is not None:
            self._messages.append(Samples(self._source, (judged,)))
