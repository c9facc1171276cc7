"""`python -m ga3_emulator JOB.json FOLDER` runs a job and leaves a report."""

from __future__ import annotations

import sys
from pathlib import Path

from ga3_emulator import read_job, run_job, write_report

job, folder = (Path(argument) for argument in sys.argv[1:3])
write_report(run_job(read_job(job)), folder)
