"""What installs the servers, and says where they are."""

from __future__ import annotations

from library.tools import tool

AZURITE = tool("backend_servers").AZURITE
gcs_server = tool("backend_servers").gcs_server
find = tool("system_packages").find
