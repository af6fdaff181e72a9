"""The closed loop: control and plant joined tick by tick."""
