"""Finds what nobody replaced: the `{subscription_id}` and `<your-model>` of a copied example.

Configuration is copied from documentation, and documentation writes placeholders in some thirty styles.
`find_placeholders` knows them, types the slots of the ids it can parse, and leaves real names alone:

    >>> [found.text for found in find_placeholders("azureml://registries/{registry}/models/phi-4/versions/7")]
    ['{registry}']

A value with any placeholder is unfinished. A value with nothing but interpolations is finished by another tool.
"""

from inference_pools.placeholders.detect import find_placeholders
from inference_pools.placeholders.found import Kind, Placeholder

__all__ = ["Kind", "Placeholder", "find_placeholders"]
