"""What must hold for any record: the public listener's own patterns find what was told."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.devices.icom.message import encode_message, plain
from linacsim.devices.icom.record import Field
from tests.conftest import need
from tests.icom_records import record

TEXT = st.text(max_size=30)
MU = st.floats(0, 5000)
ANGLE = st.floats(-180, 180)


@pytest.fixture(scope="module")
def theirs() -> object:
    try:
        from pymedphys._icom import delivery, extract
    except ImportError:
        need(False, "pymedphys")
    return extract, delivery


@given(
    texts=st.tuples(TEXT, TEXT, TEXT, TEXT),
    interlocks=st.lists(TEXT, max_size=4),
    mu=MU,
    gantry=ANGLE,
    collimator=ANGLE,
    seed=st.integers(0, 2**32 - 1),
    counter=st.integers(0, 1000),
    when=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
)
@settings(max_examples=150, deadline=None)
def test_the_public_listener_reads_what_was_told(
    theirs: tuple,
    texts: tuple[str, str, str, str],
    interlocks: list[str],
    mu: float,
    gantry: float,
    collimator: float,
    seed: int,
    counter: int,
    when: datetime,
) -> None:
    extract, delivery = theirs
    rng = np.random.default_rng(seed)
    leaves, diaphragms = rng.uniform(-20, 20, (80, 2)), rng.uniform(-12, 20, 2)
    told = record(
        field=Field(*texts),
        interlocks=tuple(interlocks),
        delivered_mu=mu,
        gantry_deg=gantry,
        collimator_deg=collimator,
        leaves_cm=leaves,
        diaphragms_cm=diaphragms,
    )
    message = encode_message(told, when, counter)
    stream = message + encode_message(record(), when, counter + 1)
    points = extract.get_data_points(stream)
    assert points[0] == message
    assert len(points) == 2
    assert message[26] == counter % 256
    _, patient = extract.extract(message, "Patient ID")
    assert (patient or "").strip() == plain(texts[0])
    meterset, got_gantry, got_collimator, mlc, jaw = delivery.get_delivery_data_items(message)
    assert meterset == pytest.approx(mu, abs=0.0051)
    assert got_gantry == pytest.approx(gantry, abs=0.051)
    assert got_collimator == pytest.approx(collimator, abs=0.051)
    # Rows from +Y; outward, bank Y1 first.
    assert np.allclose(mlc, 10 * np.stack([leaves[::-1, 1], -leaves[::-1, 0]], axis=1), atol=0.051)
    assert np.allclose(jaw, 10 * diaphragms[::-1], atol=0.051)
