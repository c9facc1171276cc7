"""Nodes for NIS-Elements GA3 that use the warm models of Parfocal. Importing it does no more than define names."""

from ._config import configure

__all__ = ["configure"]
