"""Sphinx configuration."""

from linacsim import __version__

project = "linacsim"
author = "linacsim maintainers"
release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"linacsim {release}"
