"""The published JSON Schema and reference page are those of the code."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError
from ruamel.yaml import YAML

from linacsim.scenario.schema import Scenario
from tools.scenario_schema import PAGE, SERVE_PAGE, schema_text, serve_schema_text

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.fixture(scope="module")
def published() -> Draft202012Validator:
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_published_schema_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == schema_text(), "run python -m tools.scenario_schema"
    expected = serve_schema_text()
    assert SERVE_PAGE.read_text(encoding="utf-8") == expected, "run python -m tools.scenario_schema"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_fit_the_published_schema(
    path: Path, published: Draft202012Validator
) -> None:
    published.validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


def test_published_schema_refuses_unknown_keys(published: Draft202012Validator) -> None:
    data = YAML(typ="safe", pure=True).load(SCENARIOS[0].read_text(encoding="utf-8"))
    with pytest.raises(ValidationError):
        published.validate(data | {"sede": 1})


def test_each_key_is_on_the_reference_page() -> None:
    page = (ROOT / "docs" / "reference" / "scenario.md").read_text(encoding="utf-8")
    schema = Scenario.model_json_schema()
    for record in (schema, *schema["$defs"].values()):
        for key in record.get("properties", {}):
            assert key in page, f"docs/reference/scenario.md does not tell of {key}"
