"""Try a test selection on altered code: a mutant that no test notices is a hole in the tests.

    python -m tools.mutate src/linacsim/planning/limits.py tests/unit/planning [-k WORD] [--jobs 2]

Each mutant changes one place of the file: an operator, a number, a truth value, a `not`, a row
of a table or an effect in one. It is tried in a copy of the tree. Exit status 1 if one survives.
"""

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "tools", "docs", "scenarios")
QUICK = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist"]
PATIENCE = 5  # times as long as the sound code a mutant may take before it counts as endless
_SWAPS: tuple[tuple[type[ast.AST], type[ast.AST]], ...] = (
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Lt, ast.GtE), (ast.LtE, ast.Gt)),
    *((ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn), (ast.Add, ast.Sub)),
    *((ast.Mult, ast.Div), (ast.FloorDiv, ast.Mod), (ast.Pow, ast.Mult), (ast.BitAnd, ast.BitOr)),
    *((ast.BitXor, ast.BitOr), (ast.LShift, ast.RShift)),
)


def _others(operator: ast.AST) -> Iterator[Any]:
    for one, other in _SWAPS:
        if type(operator) in (one, other):
            yield other() if type(operator) is one else one()


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in place of a node."""
    match node:
        case ast.Compare(ops=[op, *rest]):
            for other in _others(op):
                yield ast.Compare(node.left, [other, *rest], node.comparators)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=(int() | float()) as value):
            yield ast.Constant(value + 1)
            if value:
                yield ast.Constant(-value)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.BinOp(op=op):
            for other in _others(op):
                yield ast.BinOp(node.left, other, node.right)
            if isinstance(op, ast.BitOr):
                yield from (node.left, node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Tuple(elts=elts) if len(elts) > 2:
            for k in range(len(elts)):
                yield ast.Tuple(elts[:k] + elts[k + 1 :], ast.Load())
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.AugAssign(op=op):
            for other in _others(op):
                yield ast.AugAssign(node.target, other, node.value)


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, description and source of every mutant."""
    tree = ast.parse(source)
    skipped = {id(part) for node in ast.walk(tree) for part in _words(node)}
    nodes = [node for node in ast.walk(tree) if id(node) not in skipped]
    for node in nodes:
        for other in replacements(node):
            changed = ast.unparse(_Swap(node, other).visit(copy.deepcopy(tree, {id(node): node})))
            was, now = ast.unparse(node), ast.unparse(ast.fix_missing_locations(other))
            yield getattr(node, "lineno", 0), f"{was[:60]!r} -> {now[:60]!r}", changed


def _words(node: ast.AST) -> Iterator[ast.AST]:
    """Yield annotations and decorators, in which nothing is computed."""
    parts = [getattr(node, name, None) for name in ("annotation", "returns")]
    for part in [*parts, *getattr(node, "decorator_list", ())]:
        yield from ast.walk(part) if part else ()


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def killed(tree: Path, file: Path, source: str, selection: list[str], limit_s: float) -> bool:
    """Return whether a test fails on the mutant, or never ends, in a copy of the tree."""
    (tree / file).write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-xq", *QUICK, *selection]
    env = os.environ | {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(command, cwd=tree, env=env, capture_output=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return True
    return run.returncode != 0


def main() -> int:
    """Try all mutants of one file; tell each, then how many of how many were killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    options, selection = parser.parse_known_args()
    source = (ROOT / options.file).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        free: Queue[Path] = Queue()
        for job in range(options.jobs):
            tree = Path(folder) / str(job)
            for name in FOLDERS:
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, tree / name, ignore=ignored)
            shutil.copy(ROOT / "pyproject.toml", tree)
            free.put(tree)
        began = time.monotonic()
        if killed(tree, options.file, source, selection, limit_s=3600):
            sys.exit("the tests fail on the file as it is")
        limit_s = PATIENCE * (time.monotonic() - began) + PATIENCE

        def attempt(mutant: tuple[int, str, str]) -> bool:
            tree = free.get()
            dead = killed(tree, options.file, mutant[2], selection, limit_s)
            free.put(tree)
            print(f"{'killed  ' if dead else 'SURVIVED'} line {mutant[0]}: {mutant[1]}", flush=True)
            return dead

        with ThreadPoolExecutor(options.jobs) as pool:
            dead = list(pool.map(attempt, mutants(source)))
    print(f"{sum(dead)} of {len(dead)} killed")
    return 0 if all(dead) else 1


if __name__ == "__main__":
    sys.exit(main())
