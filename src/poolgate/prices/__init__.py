"""Prices of machines, with their day and their source: made of public tables, read by `poolgate size`."""
