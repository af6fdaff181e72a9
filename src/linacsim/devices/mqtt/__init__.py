"""MQTT: telemetry out, allow-listed commands in, device samples in (design/hil.md HIL-11)."""
