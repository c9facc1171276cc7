"""Runs a script of the Python node of GA3 without NIS-Elements."""

from __future__ import annotations

from ga3_emulator._job import Frame, Input, Job, Output, read_job
from ga3_emulator._report import Report, write_report
from ga3_emulator._run import run_job

__all__ = ["Frame", "Input", "Job", "Output", "Report", "read_job", "run_job", "write_report"]
