"""Start of every Parfocal worker.

`python -I -X utf8 RUNTIME WORKER.PY` serves a host; `python -I RUNTIME run WORKER.PY --input A.npy ...` runs one image.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

if sys.version_info < (3, 10):  # noqa: UP036  this line must also run where the rest cannot
    sys.exit("parfocal_worker needs Python 3.10 or newer, this is " + sys.version.split()[0])


def end(code: int) -> NoReturn:
    """Run what libraries registered for the end, then go without taking the interpreter apart, which takes 40 ms."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> int:
    """Serve a host or run one image by hand, as the arguments say."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"]:
        from parfocal_worker._run import main as run

        return run(arguments[1:])
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        from parfocal_worker._streams import claim_streams

        streams = claim_streams()  # first: nothing may print to the protocol
        from parfocal_worker._serve import serve

        end(serve(streams, arguments[0]))
    print("usage: RUNTIME run WORKER.PY --input A.npy --output B.npy   (RUNTIME run --help says more)", file=sys.stderr)
    return 2


sys.exit(main())
