"""Control: inputs and readings become commands; a state table and what hangs on it."""
