"""The rule library: judges the configuration of machine-learning inference pools.

It has no command line, opens no file but its own data, and uses no network. A policy pack needs two lines:

    from inference_pools.pack import serve
    serve()
"""

from inference_pools.version import __version__

__all__ = ["__version__"]
