"""Fixtures of the stand-in's tests; they live in `harness` so that other folders can use them."""

from standin.harness import azure_native_python, engine, stand_in

__all__ = ["azure_native_python", "engine", "stand_in"]
