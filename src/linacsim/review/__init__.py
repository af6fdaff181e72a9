"""Review: pictures and figures made from logs and plans."""
