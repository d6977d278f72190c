"""Runs a command-line host: without a terminal, in a new HOME, for a limited time."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what was started is stopped too
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def new_home():
    """A HOME in which a host finds no config but the one that is written there; the folder it is run in lies beside it."""
    home = Path("home").resolve()
    shutil.rmtree(home, ignore_errors=True)
    (home / "work").mkdir(parents=True)
    return home


def stop(process):
    """Ends a command and what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run(argv, home, env=(), seconds=60):
    """Returns what the command printed. It has PATH and HOME of this environment, and nothing else that is not in env."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1", "TERM": "dumb", **dict(env)}
    process = subprocess.Popen(argv, cwd=home / "work", env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        stop(process)
        output = process.communicate()[0] + f"\n(stopped after {seconds} s)"
    finally:
        stop(process)
    if process.returncode:
        print(f"  {Path(argv[0]).name} {argv[1]} exits with {process.returncode}: {output[-1500:].strip()}", flush=True)
    return output
