"""What options and reports call the platforms, and those of one vendor together."""

from typing import Final

AZURE_POOLS: Final = ("azure-pools",)
AZURE: Final = ("azure-pools", "azure-online", "azure-models")
SAGEMAKER: Final = ("sagemaker",)
