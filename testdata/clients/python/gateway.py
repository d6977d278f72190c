"""Starts and stops gateways."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.asynccontextmanager
async def started(command, port, path, **env):
    """Runs a program of this environment until it answers below http://127.0.0.1:port, and then until the context ends."""
    program = Path(sys.executable).with_name(command[0])
    log = Path(f"{command[0]}-{port}.log")
    with log.open("w") as out:
        process = subprocess.Popen([program, *command[1:]], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ | env)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=None, trust_env=False) as client:
            while process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(path)).status_code == 200:
                        break
                await asyncio.sleep(0.3)
            else:
                raise RuntimeError(f"{command[0]} does not start: {log.read_text()[-2000:]}")
            yield client
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
