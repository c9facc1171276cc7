"""Run pytest in a module's environment and write what it came to as JSON.

Started as ``<env python> -I run_tests.py REPORT SEARCH_PATH_JSON PYTEST_ARGUMENT...``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


class Report:
    """Counts tests as they end, and writes the counts when the run is over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._passed = 0
        self._failed: list[dict[str, str]] = []
        self._skipped: list[dict[str, str]] = []

    def pytest_collectreport(self, report: object) -> None:
        """Count a file that cannot be collected as one failure, and a file that skips itself as one skip."""
        self._count(report, ended=False)

    def pytest_runtest_logreport(self, report: object) -> None:
        """Count a test when its call ended, and its set-up or tear-down when that failed."""
        self._count(report, ended=getattr(report, "when", None) == "call")

    def pytest_sessionfinish(self) -> None:
        """Write the report."""
        results = {"task": "python", "passed": self._passed, "failed": self._failed, "skipped": self._skipped}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")

    def _count(self, report: object, *, ended: bool) -> None:
        outcome = getattr(report, "outcome", "")
        name = str(getattr(report, "nodeid", ""))
        if outcome == "failed":
            self._failed.append({"name": name, "reason": _reason(report)})
        elif outcome == "skipped":
            self._skipped.append({"name": name, "reason": _reason(report)})
        elif ended:
            self._passed += 1


def _reason(report: object) -> str:
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return f"expected to fail: {expected}"
    details = getattr(report, "longrepr", None)
    if isinstance(details, tuple):
        return str(details[-1]).removeprefix("Skipped: ")
    lines = str(details).strip().splitlines()
    errors = [line for line in lines if line.startswith("E ")]
    return (errors or lines or [""])[0].removeprefix("E").strip()


def main() -> int:
    """Run pytest with the arguments given."""
    report, search_path, *arguments = sys.argv[1:]
    sys.path[:0] = json.loads(search_path)
    import pytest

    return int(pytest.main(arguments, plugins=[Report(Path(report))]))


if __name__ == "__main__":
    raise SystemExit(main())
