"""The poolgate policy pack: every rule of the library, served to the Pulumi engine."""

from inference_pools.pack import serve

serve()
