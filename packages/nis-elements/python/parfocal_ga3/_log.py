"""A log file of our own: what NIS-Elements does with prints depends on its version and on how the node runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parfocal_ga3._places import known_places

if TYPE_CHECKING:
    import logging

_LARGEST = 1_000_000
_LOGGER = "parfocal_ga3"


def log_path() -> str | None:
    """The log file; None when it is not known where Parfocal is."""
    places = known_places()
    return None if places is None else str(places.home / "logs" / "ga3.log")


def log(message: str, *args: object) -> None:
    """Write a line. A log that cannot be written stops nobody's work."""
    import logging

    logger = logging.getLogger(_LOGGER)
    path = log_path()
    if path is None:
        return
    if not logger.handlers:
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(_handler(path))
    logger.info(message, *args)


def _handler(path: str) -> logging.Handler:
    import logging
    from logging.handlers import RotatingFileHandler
    from pathlib import Path

    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=_LARGEST, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(message)s"))
    handler.handleError = lambda record: None
    return handler
