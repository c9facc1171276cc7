"""`python -m ga3_emulator JOB.json FOLDER [...]` runs jobs and leaves a report of each in its folder."""

from __future__ import annotations

import sys
from pathlib import Path

from ga3_emulator import read_job, run_job, write_report

given = [Path(argument) for argument in sys.argv[1:]]
for job, folder in zip(given[::2], given[1::2], strict=True):
    write_report(run_job(read_job(job)), folder)
