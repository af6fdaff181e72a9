"""C-STORE of a 200 KB plan, validated and on the disk, against a bare SCP that only acknowledges.

Node and bare SCP run in processes of their own; one sender stores to both in turn. Aim: less than
150 ms from request to answer, and less than 60 ms of the node's processor time.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pynetdicom import evt
from pynetdicom.ae import ApplicationEntity as AE

from tests.elekta_plans import PLAN_CLASS
from tests.nodes import TITLE
from tools.bench.row import Row
from tools.dicom_node.process import associated, plan_file, running_node

STORES, WARM_UP = 100, 5


def run() -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = plan_file(folder)
        with running_node(folder) as node, _bare_scp() as bare_port:
            ours, theirs = associated(node.port), associated(bare_port)
            for _ in range(WARM_UP):
                _took_s(ours, plan)
                _took_s(theirs, plan)
            began_s = node.cpu_s
            took = [(_took_s(ours, plan), _took_s(theirs, plan)) for _ in range(STORES)]
            cpu_s = (node.cpu_s - began_s) / STORES
            ours.release()
            theirs.release()
        size = f"{plan.stat().st_size // 1024} KB"
    return _rows(size, [pair[0] for pair in took], [pair[1] for pair in took], cpu_s)


def _rows(size: str, ours: list[float], theirs: list[float], cpu_s: float) -> list[Row]:
    median, bare = statistics.median(ours), statistics.median(theirs)
    late, bare_late = _p95(ours), _p95(theirs)
    against = "bare SCP"
    return [
        Row(f"C-STORE of {size}, median", median, against, bare, median / bare, "150 ms"),
        Row(f"C-STORE of {size}, p95", late, against, bare_late, late / bare_late, "-"),
        Row("processor time of the node", cpu_s, against, bare, cpu_s / bare, "60 ms"),
    ]


def _took_s(association: Any, plan: Path) -> float:
    began_s = time.perf_counter()
    status = association.send_c_store(plan).Status
    took_s = time.perf_counter() - began_s
    if status != 0x0000:
        raise RuntimeError(f"answered {status:04X}")
    return took_s


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@contextmanager
def _bare_scp() -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_acknowledge, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def _acknowledge(pipe: Any) -> None:
    """Answer success to everything until told to stop."""
    entity = AE(ae_title=TITLE)
    entity.add_supported_context(PLAN_CLASS)
    handlers: list[Any] = [(evt.EVT_C_STORE, lambda _event: 0x0000)]
    server: Any = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    pipe.send(server.server_address[1])
    pipe.recv()
    server.shutdown()
