"""The documentation's site: `make site` builds it from these pages, and stops at a link that leads nowhere."""

from inference_pools.version import __version__

project = "poolgate"
release = __version__
copyright = "the poolgate authors"
extensions = ["myst_parser"]
exclude_patterns = ["decisions/README.md"]
html_theme = "furo"
html_title = "poolgate"
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
nitpicky = True
