"""Holds the formulas of `poolgate size` to simulations."""
