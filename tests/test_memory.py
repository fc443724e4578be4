"""Memory: threads share the C library's arenas when they are told to."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import ctypes, sys, threading
from avatar_app.memory import share_arenas
if sys.argv[1] == "shared":
    assert share_arenas()
libc, together = ctypes.CDLL(None), threading.Barrier(12)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
def work():
    together.wait()
    for size in range(1000, 20000, 100):
        libc.malloc(ctypes.c_size_t(size))
    together.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[one.start() for one in threads]
[one.join() for one in threads]
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas that can be counted")
def test_many_threads_share_two_arenas(tmp_path: Path) -> None:
    assert ctypes.CDLL(None).malloc_info
    counts = {}
    for way in ("shared", "own"):
        told = tmp_path / way
        subprocess.run([sys.executable, "-c", COUNT, way, str(told)], check=True)
        counts[way] = told.read_text().count("<heap nr=")
    assert counts["shared"] <= 2 < counts["own"]
