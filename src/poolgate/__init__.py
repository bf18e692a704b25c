"""poolgate: keeps the configuration of inference pools right."""

import sys

# `python -m poolgate` puts the current folder first on the import path, and that may be a stranger's checkout with a
# json.py of its own. While `-m` looks for the module, it is called that, too.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    del sys.path[0]
