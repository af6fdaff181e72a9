"""Machine descriptions: TOML files with a source for each number, and their loader."""
