"""The JSON Schema of scenario files, for editors.

    python -m tools.scenario_schema

writes docs/reference/scenario.schema.json; a test checks that it is up to date.
"""

import json
from pathlib import Path

from linacsim.scenario.schema import Scenario

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "scenario.schema.json"


def schema_text() -> str:
    """Return the schema as it is published."""
    schema = Scenario.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    schema["title"] = "linacsim scenario, version 1"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the file."""
    PAGE.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
