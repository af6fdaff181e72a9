"""The JSON Schemas of scenario files and of configurations of `linacsim serve`, for editors.

    python -m tools.scenario_schema

writes docs/reference/scenario.schema.json and serve.schema.json; a test checks that they are up to
date.
"""

import json
from pathlib import Path

from pydantic import BaseModel

from linacsim.scenario.node_keys import ServeConfig
from linacsim.scenario.schema import Scenario

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
PAGE = REFERENCE / "scenario.schema.json"
SERVE_PAGE = REFERENCE / "serve.schema.json"


def schema_text() -> str:
    """Return the schema of scenarios as it is published."""
    return _published(Scenario, "linacsim scenario, version 1")


def serve_schema_text() -> str:
    """Return the schema of configurations of `linacsim serve` as it is published."""
    return _published(ServeConfig, "linacsim serve, version 1")


def _published(record: type[BaseModel], title: str) -> str:
    schema = record.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    schema["title"] = title
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the files."""
    PAGE.write_text(schema_text(), encoding="utf-8")
    SERVE_PAGE.write_text(serve_schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
