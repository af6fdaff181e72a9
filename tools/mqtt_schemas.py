"""The JSON Schemas of MQTT payloads, for those who write devices and consumers of telemetry.

    python -m tools.mqtt_schemas

writes docs/reference/mqtt/NAME.schema.json, NAME being the last part of the topic; a test checks
that they are up to date.
"""

import json
from pathlib import Path

from linacsim.devices.mqtt.payloads import schemas

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference" / "mqtt"


def texts() -> dict[Path, str]:
    """Return each file as it is published."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        FOLDER / f"{name}.schema.json": json.dumps(dialect | schema, indent=2) + "\n"
        for name, schema in schemas().items()
    }


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
