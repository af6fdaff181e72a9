"""A sensor and the chain behind it, as a scenario asks for them, and the machine that has it.

Only times of the chain change: the machine is otherwise the one that the scenario names.
"""

from dataclasses import replace

from linacsim.machines.spec import MachineSpec
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.chains import GatingChain, chain_of
from linacsim.motion.presets import SensorSpec, sensor_spec
from linacsim.scenario.motion_keys import SensorKeys

_MS_PER_S = NS_PER_S / NS_PER_MS
_PARTS = frozenset({"transport_ms", "decision_ms", "beam_on_ms", "beam_off_ms"})


def behind(keys: SensorKeys) -> tuple[SensorSpec, GatingChain]:
    """Return sensor and chain; InputError for a number that cannot be.

    Transport is part of the sensor's latency from then on.
    """
    given = keys.model_dump(exclude={"preset", "source", "outages"}, exclude_none=True)
    parts = {name: value for name, value in given.items() if name in _PARTS}
    numbers = {name: value for name, value in given.items() if name not in _PARTS}
    chain = chain_of(keys.preset)
    if "beam_on_ms" in parts:
        chain = replace(chain, beam_on_at_rate_ms={})
    chain = replace(chain, **parts)
    spec = replace(sensor_spec(keys.preset), **numbers)
    return replace(spec, latency_ms=spec.latency_ms + (chain.transport_ms or 0.0)), chain


def with_chain(
    machine: MachineSpec, energy: str, rate: float, spec: SensorSpec, chain: GatingChain
) -> MachineSpec:
    """Return the machine with the times of a chain, where the chain states them.

    Beam-on is that of an energy at a dose rate in MU/min.
    """
    own = machine.supervision
    on_ms = chain.on_ms(energy, rate)
    return replace(
        machine,
        supervision=replace(
            own,
            gate_decision_s=_stated(chain.decision_ms, own.gate_decision_s),
            beam_on_latency_s=_stated(on_ms, own.beam_on_latency_s),
            beam_off_latency_s=_stated(chain.beam_off_ms, own.beam_off_latency_s),
            sample_age_limit_s=age_limit_s(spec, machine),
        ),
    )


def age_limit_s(spec: SensorSpec, machine: MachineSpec) -> float:
    """Return up to which age samples count: the lesser of what sensor and machine say."""
    return min(spec.max_age_ms / _MS_PER_S, machine.supervision.sample_age_limit_s)


def _stated(time_ms: float | None, own_s: float) -> float:
    return own_s if time_ms is None else time_ms / _MS_PER_S
