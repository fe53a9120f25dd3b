"""Timing whole processes, and how fast this machine copies memory."""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

# Copies 256 MiB by memcpy, the fastest of ten after the pages were touched; prints the bytes read
# and written in a second. A process of its own: its memory must not count towards its siblings'.
COPY_LOOP = """
import time
source, target = memoryview(bytearray(1 << 28)), memoryview(bytearray(1 << 28))
source[:] = b"x" * (1 << 28)
fastest = float("inf")
for _ in range(10):
    begin = time.perf_counter()
    target[:] = source
    fastest = min(fastest, time.perf_counter() - begin)
print(2 * len(source) / fastest)
"""


class Sample:
    """The runs of one contender."""

    def __init__(self):
        self.seconds: list[float] = []
        self.peak_mib = 0.0
        self.output_bytes = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self):
        return (f"{self.median:.3f} s ({min(self.seconds):.3f}–{max(self.seconds):.3f}), "
                f"{self.peak_mib:.0f} MiB")


def timed(sample: Sample, *commands, core: int | None = None):
    """Runs the commands one after the other as one sample."""
    begin = time.perf_counter()
    for command in commands:
        process = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=(lambda: os.sched_setaffinity(0, {core})) if core is not None else None)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit status {process.returncode}")
        sample.peak_mib = max(sample.peak_mib, usage.ru_maxrss / 1024)
    sample.seconds.append(time.perf_counter() - begin)


def emptied(folder: pathlib.Path):
    """A clean folder, and no dirty pages that the next contender would have to pay for."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.sync()


def warm(path: pathlib.Path):
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 22):
            pass


def copy_rate() -> float:
    """Bytes that one core moves in a second, those read and those written counted."""
    return float(subprocess.run([sys.executable, "-c", COPY_LOOP], check=True,
                                capture_output=True).stdout)
