"""What our QA software needs of an arc, delivered without a machine."""

import numpy as np
import pytest

ARC = "../beams/arc.xml"


def test_gantry_keeps_its_speed(deliver_beam):
    arc = deliver_beam(ARC)
    assert arc.state == "COMPLETE"
    assert arc.metrics.axis("GantryRtn").max_speed_expected == pytest.approx(5.8, abs=0.01)
    (plateau,) = arc.metrics.gantry_speed
    assert plateau.actual == pytest.approx(-5.8, abs=0.02)


def test_dose_is_even_along_the_arc(deliver_beam):
    arc = deliver_beam(ARC, log=False)
    mu, cp = arc.frames["mu_actual"], arc.frames["cp"]
    assert np.abs(mu - 100 * cp).max() < 0.5


def test_slower_gantry_takes_longer(deliver_beam):
    ours, shipped = deliver_beam(ARC), deliver_beam(ARC, machine="truebeam-hd120")
    assert ours.control_point_s[1] > shipped.control_point_s[1]


def test_our_reader_takes_the_log(deliver_beam):
    log = deliver_beam(ARC).log
    assert log.read_bytes().startswith(b"VOSTL")


def test_door_ends_the_beam(run_scenario):
    run = run_scenario("interrupted-arc.scenario.yaml")
    run.assert_met()
    assert any("door" in event.text for event in run.events)
