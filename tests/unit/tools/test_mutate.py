"""The mutation tool makes the changes it promises, one at a time."""

import ast

import pytest

from tools.mutate import mutants

SOURCES = {
    "a < b": {"a <= b", "a >= b"},
    "a == b": {"a != b"},
    "a is None": {"a is not None"},
    "not a": {"a"},
    "a and b": {"a or b"},
    "a + b": {"a - b"},
    "a | b": {"a & b", "a ^ b", "a", "b"},
    "True": {"False"},
    "2.5": {"3.5", "-2.5"},
    "0": {"1"},
    "'text'": set(),
    "(a, b, c)": {"(b, c)", "(a, c)", "(a, b)"},
    "a if b else c": {"a", "c"},
    "a += b": {"a -= b"},
    "def f(a: int | None) -> None: pass": set(),
    "@d(x=True)\ndef f(): pass": set(),
}


@pytest.mark.parametrize(("source", "expected"), SOURCES.items(), ids=SOURCES)
def test_mutants(source: str, expected: set[str]) -> None:
    assert {ast.unparse(ast.parse(changed)) for _, _, changed in mutants(source)} == expected


def test_each_mutant_differs_in_one_place_and_names_its_line() -> None:
    made = list(mutants("x = 1\ny = x < 2\n"))
    assert len(made) == 6
    for line, _, changed in made:
        before, after = ("x = 1", "y = x < 2"), changed.splitlines()
        differing = [k + 1 for k in range(2) if before[k] != after[k]]
        assert differing == [line]
