"""What the author of a Parfocal module imports in `worker.py`.

A worker is a class named `Model`; `Segmenter` spells out its methods. Importing this package starts nothing.
"""

from parfocal_worker._context import Context
from parfocal_worker._errors import BadInputError, Cancelled, DeviceUnavailableError, WeightsError
from parfocal_worker._model import LoadOptions, Segmenter

__all__ = [
    "BadInputError",
    "Cancelled",
    "Context",
    "DeviceUnavailableError",
    "LoadOptions",
    "Segmenter",
    "WeightsError",
]
