"""Gating systems: the parts of a chain add up to what was measured end to end."""

import pytest

from linacsim.model.findings import InputError
from linacsim.motion.chains import GatingChain, chain_of
from linacsim.motion.presets import sensor_entry, sensor_names, sensor_spec


@pytest.mark.parametrize("name", sensor_names())
def test_parts_add_up_to_what_is_published(name: str) -> None:
    spec, chain = sensor_spec(name), chain_of(name)
    known = 500 / spec.rate_hz + spec.latency_ms + (chain.transport_ms or 0)
    known += chain.decision_ms or 0
    for linac, published in (
        (chain.beam_on_ms, chain.published_on_ms),
        (chain.beam_off_ms, chain.published_off_ms),
    ):
        if published:
            assert linac is not None
            assert known + linac == pytest.approx(published[0], abs=0.5)


@pytest.mark.parametrize("name", sensor_names())
def test_every_number_has_its_source(name: str) -> None:
    numbers = [item for item in sensor_entry(name).values() if isinstance(item, dict)]
    assert all(set(number) == {"value", "source"} and number["source"] for number in numbers)


def test_systems_of_the_issue_are_there() -> None:
    names = set(sensor_names())
    assert {"truebeam-rpm", "ExacTrac", "RTX1", "truebeam-alignrt", "elekta-response"} <= names


@pytest.mark.parametrize(
    ("rate", "wanted"), [(20, 1870.5), (50, 1870.5), (125, 1695.5), (200, 1520.5), (600, 1520.5)]
)
def test_beam_on_of_elekta_linacs_depends_on_energy_and_rate(rate: float, wanted: float) -> None:
    assert chain_of("versahd-alignrt").on_ms("6x", rate) == pytest.approx(wanted)


def test_an_energy_without_figures_of_its_own_has_those_of_the_system() -> None:
    assert chain_of("versahd-alignrt").on_ms("10x", 50) == 1520.5
    assert chain_of("versahd-abches").on_ms("6xFFF", 800) == 58.3
    assert chain_of("versahd-abches").on_ms("6x", 800) == 207.3


def test_a_sensor_alone_leaves_the_rest_to_the_machine() -> None:
    assert chain_of("NDI") == GatingChain()


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(InputError, match="beam_on_ms is -1; allowed: 0 to 60000"):
        GatingChain(beam_on_ms=-1.0)
    with pytest.raises(InputError, match="unknown sensor 'aligndt'"):
        chain_of("aligndt")
