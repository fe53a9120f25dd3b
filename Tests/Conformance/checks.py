"""Counting, scratch folders and running the program under test."""

import contextlib
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback


class Skip(Exception):
    """Raised by a check that cannot run here; its text is the printed reason."""


class Report:
    """Counts checks; each is a `with report.check(name):` block that raises to fail."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    @contextlib.contextmanager
    def check(self, name: str):
        begin = time.monotonic()
        try:
            yield
        except Skip as reason:
            self.skip(name, str(reason))
        except Exception as error:  # a failed check must not hide the checks after it
            self.failed += 1
            print(f"FAILED  {name}: {error}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc(limit=-4, file=sys.stdout)
        else:
            self.passed += 1
            print(f"ok      {name} ({time.monotonic() - begin:.1f} s)", flush=True)

    def skip(self, name: str, reason: str):
        self.skipped += 1
        print(f"skipped {name}: {reason}", flush=True)

    def close(self) -> int:
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed or not self.passed else 0


class Result:
    """What one run of the program gave."""

    def __init__(self, arguments, completed: subprocess.CompletedProcess, seconds: float):
        self.arguments = [str(a) for a in arguments]
        self.status = completed.returncode
        self.stdout = completed.stdout.decode("utf-8", "replace")
        self.stderr = completed.stderr.decode("utf-8", "replace")
        self.seconds = seconds

    def __str__(self):
        tail = "\n".join(self.stderr.strip().splitlines()[-6:])
        return f"ingot {' '.join(self.arguments)}\nexit status {self.status}\n{tail}"


class Ingot:
    """The binary under test."""

    def __init__(self, path: str):
        self.path = path

    def start(self, *arguments, **options) -> subprocess.Popen:
        return subprocess.Popen(
            [self.path, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    def run(self, *arguments, expect: int | None = 0, environment=None, timeout=900,
            memory: int | None = None) -> Result:
        """Runs to the end. Another exit status than `expect` fails; None allows all but signals.
        `memory` bounds the private writable memory in bytes; beyond it allocations fail."""
        begin = time.monotonic()
        limit = None
        if memory is not None:
            def limit():
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        completed = subprocess.run(
            [self.path, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
            env=environment, timeout=timeout, preexec_fn=limit)
        result = Result(arguments, completed, time.monotonic() - begin)
        assert result.status >= 0, f"killed by signal {-result.status}: {result}"
        if expect is not None:
            assert result.status == expect, f"expected {expect}: {result}"
        return result


@contextlib.contextmanager
def scratch():
    """A folder that is gone afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-conformance."))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def equal(found, expected, what: str):
    assert found == expected, f"{what}: found {found!r}, expected {expected!r}"


def weights_file(folder: pathlib.Path) -> pathlib.Path:
    """The one container file in an output folder."""
    files = [f for f in folder.iterdir() if f.suffix in {".gguf", ".safetensors"}]
    assert len(files) == 1, f"{folder} holds {[f.name for f in files]}, expected one model file"
    return files[0]
