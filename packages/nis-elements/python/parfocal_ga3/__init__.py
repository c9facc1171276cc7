"""Nodes for NIS-Elements GA3 whose models run in Parfocal: standard library and numpy only, Python 3.10 and newer."""

from __future__ import annotations

from parfocal_ga3._errors import Aborted, ParfocalError
from parfocal_ga3._frame import Frame
from parfocal_ga3._node import ExternalModuleNode, GA3NodeMixin
from parfocal_ga3._places import use
from parfocal_ga3._segment import Result, segment
from parfocal_ga3._segmentation import SegmentationNode

__all__ = [
    "Aborted",
    "ExternalModuleNode",
    "Frame",
    "GA3NodeMixin",
    "ParfocalError",
    "Result",
    "SegmentationNode",
    "segment",
    "use",
]
