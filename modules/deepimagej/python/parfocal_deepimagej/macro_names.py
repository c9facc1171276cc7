"""Which ImageJ macros a description names."""

from __future__ import annotations

from typing import Any


def read_macros(fields: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files of the macros before and after the network, from `config.deepimagej.prediction`.

    Parameters
    ----------
    fields : dict
        A whole description of format 0.3, 0.4 or 0.5.
    """
    prediction: dict[str, Any] = ((fields.get("config") or {}).get("deepimagej") or {}).get("prediction") or {}
    return _names(prediction.get("preprocess")), _names(prediction.get("postprocess"))


def _names(entries: Any) -> tuple[str, ...]:  # noqa: ANN401 - YAML values
    found: list[Any] = entries if isinstance(entries, list) else [entries]
    names = (each.get("kwargs") if isinstance(each, dict) and each.get("spec") else None for each in found)
    return tuple(name for name in names if isinstance(name, str) and name.lower() not in ("", "null", "none"))
