"""What the author of a Parfocal module imports in `worker.py`.

A worker is a class named `Model`; `Segmenter`, `Measurer` and `Reader` spell out its methods, by the module's kind.
Importing this package starts nothing.
"""

from parfocal_worker._context import Context, Window
from parfocal_worker._errors import BadInputError, Cancelled, DeviceUnavailableError, WeightsError
from parfocal_worker._model import Column, LoadOptions, Measurer, Reader, Segmenter, Selection, SourceFile

__all__ = [
    "BadInputError",
    "Cancelled",
    "Column",
    "Context",
    "DeviceUnavailableError",
    "LoadOptions",
    "Measurer",
    "Reader",
    "Segmenter",
    "Selection",
    "SourceFile",
    "WeightsError",
    "Window",
]
