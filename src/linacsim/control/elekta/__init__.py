"""The Elekta control system: prescribed fields, in the words of its own logs."""
