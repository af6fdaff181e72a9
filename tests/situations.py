"""Machines in every state, and prepared ones on which an interlock blocks the start."""

from collections.abc import Callable
from dataclasses import replace

from linacsim.control import interlocks as il
from linacsim.control.states import Happening
from linacsim.engines.conditions import mu_reaches
from linacsim.machines import load_machine
from linacsim.model.beam import SubBeam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.messages import (
    REAL_TIME,
    Action,
    DeviceReport,
    Fault,
    FaultKind,
    HoldLine,
    Load,
    Message,
    Operator,
    Standing,
)
from linacsim.model.signals import State
from linacsim.model.time import TICK_NS
from tests.beams import make_beam
from tests.console import Console

STATIC = make_beam({"Mu": 0, "CouchLng": 100.0}, {"Mu": 20})
ARC = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"Mu": 10, "GantryRtn": 170.0}, {"Mu": 20})
AWAY = make_beam({"Mu": 0, "GantryRtn": 150.0}, {"Mu": 10, "GantryRtn": 140.0})
KV = make_beam({"Mu": 0, "GantryRtn": 180.0}, {"GantryRtn": 175.0}, energy="0k", dose_rate=0)
LIMITED = make_beam({"Mu": 0}, {"Mu": 20}, sub_beams={0: SubBeam(0, "x", max_rad_time_s=0.5)})

HELD_BY_7 = make_beam({"Mu": 0}, {"Mu": 20}, beam_hold_devices=(BeamHoldDevice(7),))
READY_7 = Fault(FaultKind.BEAM_HOLD_READY, "7", 1.0)

STUCK = Fault(FaultKind.AXIS_STUCK, "GantryRtn")
FREE = Fault(FaultKind.AXIS_STUCK, "GantryRtn", clear=True)


def idle() -> Console:
    return Console(STATIC)


def to(state: State) -> Callable[[], Console]:
    return lambda: Console(STATIC).to(state)


def prepared() -> Console:
    console = Console(STATIC).to(State.LOADED)
    console.press(Action.PREPARE)
    return console


def moving() -> Console:
    console = Console(AWAY).to(State.LOADED)
    console.press(Action.PREPARE)
    console.press(Action.GO_TO)
    console.run(3)
    return console


def holding() -> Console:
    console = Console(ARC).to(State.DELIVERING)
    console.until(mu_reaches(3))
    console.send(STUCK)
    console.until(State.HOLDING)
    return console


def interrupted() -> Console:
    console = Console(STATIC).to(State.DELIVERING)
    console.until(mu_reaches(3))
    console.press(Action.BEAM_OFF)
    console.rest()
    return console


def terminated() -> Console:
    console = Console(LIMITED).to(State.DELIVERING)
    console.until(State.TERMINATED)
    console.rest()
    return console


IN: dict[State, Callable[[], Console]] = {
    State.IDLE: idle,
    State.LOADED: to(State.LOADED),
    State.PREPARED: prepared,
    State.MOVING: moving,
    State.CHECKING: to(State.CHECKING),
    State.READY: to(State.READY),
    State.DELIVERING: to(State.DELIVERING),
    State.HOLDING: holding,
    State.INTERRUPTED: interrupted,
    State.COMPLETE: to(State.COMPLETE),
    State.TERMINATED: terminated,
}
PRESSES: dict[Happening, Message] = {
    Happening.LOAD: Load(ARC),
    Happening.UNLOAD: Operator(Action.UNLOAD),
    Happening.PREPARE: Operator(Action.PREPARE),
    Happening.GO_TO: Operator(Action.GO_TO, "all"),
    Happening.MOVE: Operator(Action.MOVE, "CouchLng", -1.0),
    Happening.MV_READY_PRESS: Operator(Action.MV_READY_PRESS),
    Happening.MV_READY_RELEASE: Operator(Action.MV_READY_RELEASE),
    Happening.MV_BEAM_ON: Operator(Action.MV_BEAM_ON),
    Happening.KV_BEAM_ON: Operator(Action.KV_BEAM_ON),
    Happening.BEAM_OFF: Operator(Action.BEAM_OFF),
}


def blocked_by(name: str) -> Console:
    """Return a prepared machine on which one interlock that blocks the start is up."""
    beam, first, then = STATIC, [], []
    match name:
        case il.MLC_MODEL:
            beam = make_beam({"Mu": 0}, {"Mu": 20}, mlc_model="NDS120HD")
        case il.ACCESSORY:
            first = [Operator(Action.MOUNT, "1", 4001)]
            beam = make_beam({"Mu": 0}, {"Mu": 20}, accessories=(0, None, None, None))
        case il.INITIAL_POSITION:
            then = [Operator(Action.MOVE, "CouchLng", 0.5)]
        case il.BEAM_HOLD_NOT_READY:
            beam = make_beam({"Mu": 0}, {"Mu": 20}, beam_hold_devices=(BeamHoldDevice(4),))
        case il.BEAM_HOLD_UNPLANNED:
            then = [Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0)]
        case il.KV_COLLIMATION:
            then = [Fault(FaultKind.KV_COLLIMATION, value=1.0)]
        case il.DOOR:
            then = [Operator(Action.OPEN_DOOR)]
        case il.DEVICE_HOLD:
            then = [DeviceReport("camera", Standing.HOLD, "no sample")]
        case il.DEVICE_FAULT:
            then = [DeviceReport("stage", Standing.FAULT, "alarm")]
        case il.LATE:
            then = [DeviceReport(REAL_TIME, Standing.HOLD, "3 ticks")]
        case il.HOLD_LINE_CHATTER:
            return chattering()
        case il.HOLD_LINE_SILENT:
            return silent()
        case il.HOLD_LINE_STUCK:
            return stuck()
        case il.HOLD_LINE_UNTESTED:
            return untested()
        case il.MOTN:
            return frozen_axis_pushed_back()
        case il.AXIS_MODEL:
            return axis_fault()
        case il.DOSE_MODEL:
            return dose_fault()
        case il.AXIS_POSITION:
            console = interrupted()
            console.press(Action.MOVE, "CouchLng", 0.5)
            console.rest()
            console.run(2)
            return console
    console = Console(beam)
    console.send(*first, Load(beam), Operator(Action.PREPARE))
    console.send(*then)
    console.rest()
    console.run(2)
    return console


def watched(**rules: float) -> Console:
    """Return a prepared machine on which device 7 is listed, with these rules for its line."""
    machine = load_machine("truebeam-m120")
    spec = replace(machine, hold_devices={"7": replace(machine.hold_line, **rules)})
    console = Console(machine=spec)
    console.send(READY_7, Load(HELD_BY_7), Operator(Action.PREPARE))
    return console


def chattering() -> Console:
    console = watched()
    now_ns = console.linac.supervisor.tick * TICK_NS
    console.send(*(HoldLine(7, k % 2 == 0, now_ns + k * 20_000_000) for k in range(12)))
    console.run(120)
    return console


def silent() -> Console:
    console = watched(must_beat=1)
    console.run(70)
    return console


def stuck() -> Console:
    console = watched(longest_quiet_s=0.5)
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)
    console.press(Action.MV_BEAM_ON)
    console.until(State.INTERRUPTED)
    console.rest()
    return console


def untested() -> Console:
    return watched(self_test=1)


def frozen_axis_pushed_back() -> Console:
    console = Console(STATIC).to(State.DELIVERING)
    console.until(mu_reaches(3))
    console.send(Fault(FaultKind.AXIS_PUSHED, "CouchLng", 0.5))
    console.until(State.INTERRUPTED)
    console.rest()
    console.press(Action.MOVE, "CouchLng", -0.5)
    console.rest()
    console.run(2)
    return console


def axis_fault() -> Console:
    console = holding()
    console.until(State.INTERRUPTED)
    console.send(FREE)
    console.rest()
    return console


def dose_fault() -> Console:
    console = Console(STATIC).to(State.DELIVERING)
    console.until(mu_reaches(3))
    console.send(Fault(FaultKind.DOSE_RATE, value=0.0))
    console.until(State.INTERRUPTED)
    console.send(Fault(FaultKind.DOSE_RATE, clear=True))
    console.rest()
    console.run(2)
    return console
