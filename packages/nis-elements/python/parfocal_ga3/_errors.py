"""Errors whose text is all that a person at the microscope gets to see."""

from __future__ import annotations


class ParfocalError(RuntimeError):
    """What failed, why, and what to do next.

    Parameters
    ----------
    message
        What failed, with what, and the cause.
    hint
        One next step, such as a command to type.
    code
        Kind of the error, as everywhere in Parfocal: `ENV_NOT_READY`, `PARAMS_INVALID`, `DAEMON_UNREACHABLE`, ...
    """

    def __init__(self, message: str, hint: str, code: str) -> None:
        super().__init__(message, hint, code)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        from parfocal_ga3._log import log_path

        lines = [self.message, f"What to do: {self.hint}"]
        path = log_path()
        if path is not None:
            lines.append(f"Log file: {path}")
        return "\n".join(lines)


class Aborted(ParfocalError):
    """The recipe was stopped while a model computed."""

    def __init__(self) -> None:
        super().__init__("the run was stopped", "run the recipe again when you want the result", "CANCELLED")


def rejected(message: str, hint: str) -> ParfocalError:
    """For pixels, labels and pins that do not fit each other."""
    return ParfocalError(message, hint, "INPUT_REJECTED")
