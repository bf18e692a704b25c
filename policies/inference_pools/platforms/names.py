"""What options and reports call the platforms, and those of one vendor together."""

from typing import Final

AZURE_ML: Final = ("azure-pools", "azure-online")
AZURE_POOLS: Final = ("azure-pools",)
AZURE_ONLINE: Final = ("azure-online",)
AZURE_MODELS: Final = ("azure-models",)
AZURE: Final = ("azure-pools", "azure-online", "azure-models")
SAGEMAKER: Final = ("sagemaker",)
VERTEX: Final = ("vertex",)
