"""Words of the house: frozen records and read-only arrays, no I/O."""
