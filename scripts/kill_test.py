#!/usr/bin/env python3
"""The work behind scripts/kill-test: kill, look, rerun, compare; then the counts."""

import argparse
import collections
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REPO = "kill/test"


def state(folder: pathlib.Path) -> dict[str, str]:
    """Every file by content and every link by target; locks are no state."""
    result = {}
    for path in sorted(folder.rglob("*")):
        if ".locks" in path.parts:
            continue
        name = str(path.relative_to(folder))
        if path.is_symlink():
            result[name] = "-> " + os.readlink(path)
        elif path.is_file():
            with open(path, "rb") as file:
                result[name] = hashlib.file_digest(file, "sha256").hexdigest() \
                    if hasattr(hashlib, "file_digest") else digest(file)
        else:
            result[name] = "folder"
    return result


def quantize(preset: str) -> list[str]:
    return ["--to", "gguf", "--generic", "--quantize", preset]


def digest(file) -> str:
    total = hashlib.sha256()
    while chunk := file.read(1 << 20):
        total.update(chunk)
    return total.hexdigest()


class Program:
    def __init__(self, path: str):
        self.path = path

    def run(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([self.path, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace")

    def must(self, *arguments) -> float:
        """Runs to a good end and returns the seconds it took."""
        begin = time.monotonic()
        result = self.run(*arguments)
        if result.returncode != 0:
            raise AssertionError(f"ingot {' '.join(map(str, arguments))}: exit status "
                                 f"{result.returncode}: {result.stderr.strip()[-400:]}")
        return time.monotonic() - begin

    def killed_after(self, seconds: float, *arguments) -> bool:
        """Whether the run was still going; its children die with it."""
        process = subprocess.Popen(
            [self.path, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True

    def killed_at(self, step: str, *arguments) -> bool:
        result = subprocess.run(
            [self.path, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
            env=os.environ | {"INGOT_FAULT_AT": step})
        return result.returncode == -signal.SIGKILL


class Convert:
    """To a folder. Odd runs begin without an output, even runs replace a whole old one."""

    name = "convert"
    prefix = "convert"
    enumeration = "ConversionStep"
    output_name = "out"

    def __init__(self, program: Program, model: pathlib.Path, folder: pathlib.Path):
        self.program, self.folder = program, folder
        self.output = folder / self.output_name
        self.job = ["convert", model, "-o", self.output, *quantize("Q8_0")]
        self.old_job = ["convert", model, "-o", self.output, *quantize("Q4_0")]
        program.must(*self.old_job)
        self.old = self.found()
        self.seconds = min(program.must(*self.job, "--force") for _ in range(3))
        self.new = self.found()

    def found(self) -> dict[str, str]:
        return state(self.output)

    def prepare(self, number: int):
        self.replacing = number % 2 == 0
        self.clear()
        if self.replacing:
            self.program.must(*self.old_job)

    def command(self):
        return [*self.job, "--force"] if self.replacing else self.job

    def look(self) -> str:
        if not self.output.exists():
            assert not self.replacing, "the old output is gone and no new one is there"
            return "old"
        found = state(self.output)
        self.program.must("verify", self.output)
        if found == self.new:
            return "new"
        assert self.replacing and found == self.old, "the output is neither old nor new"
        return "old"

    def rerun(self, _found: str):
        self.program.must(*self.job, "--force")
        assert self.found() == self.new, "the rerun gave other bytes"
        left = [p.name for p in self.folder.iterdir() if p.name.startswith(".")]
        assert not left, f"the rerun left {left}"

    def clear(self):
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


class ConvertToFile(Convert):
    """To one file, whose manifest and sums lie beside it and are renamed after it."""

    name = "convert-to-file"
    output_name = "out.gguf"

    def found(self) -> dict[str, str]:
        return {k: v for k, v in state(self.folder).items() if not k.startswith(".")}

    def look(self) -> str:
        found = self.found()
        if self.output_name not in found:
            assert not self.replacing, "the old output is gone and no new one is there"
            assert not found, f"without the output there is {sorted(found)}"
            return "old"
        if "out.gguf.ingot-manifest.json" in found:
            self.program.must("verify", self.output)
        weights = found[self.output_name]
        if weights == self.new[self.output_name]:
            return "new"
        assert self.replacing and weights == self.old[self.output_name], "neither old nor new"
        return "old"


class Publish:
    """A second commit on a branch that has one."""

    name = "publish"
    prefix = "publish"
    enumeration = "PublishStep"

    def __init__(self, program: Program, model: pathlib.Path, folder: pathlib.Path):
        self.program, self.registry = program, folder / "registry"
        self.old_registry = folder / "old-registry"
        first, second = folder / "first", folder / "second"
        program.must("convert", model, "-o", first, *quantize("Q4_0"))
        program.must("convert", model, "-o", second, *quantize("Q8_0"))
        program.must("publish", first, REPO, "--registry", self.registry)
        shutil.copytree(self.registry, self.old_registry, symlinks=True)
        self.old_ref = self.ref()
        self.job = ["publish", second, REPO, "--tag", "v2", "--registry", self.registry]
        self.seconds = program.must(*self.job)
        self.new_ref, self.new = self.ref(), state(self.registry)

    def ref(self) -> str:
        return (self.registry / "models--kill--test" / "refs" / "main").read_text()

    def prepare(self, _number: int):
        shutil.rmtree(self.registry, ignore_errors=True)
        shutil.copytree(self.old_registry, self.registry, symlinks=True)

    def command(self):
        return self.job

    def look(self) -> str:
        self.program.must("registry", "verify", "--registry", self.registry)
        ref = self.ref()
        assert ref in (self.old_ref, self.new_ref), f"main is {ref!r}"
        return "new" if ref == self.new_ref else "old"

    def rerun(self, found_before: str):
        self.program.must(*self.job)
        self.program.must("registry", "verify", "--registry", self.registry)
        found = state(self.registry)
        # A staging folder that has no owner yet, or no longer, may be another writer's newest one:
        # only a run a minute later removes it.
        for folder in [k for k, v in found.items() if v == "folder" and "/.staging-" in k]:
            if folder + "/owner" not in found:
                found = {k: v for k, v in found.items() if not (k + "/").startswith(folder + "/")}
        differing = sorted(k for k in found.keys() | self.new.keys()
                           if found.get(k) != self.new.get(k))
        assert not differing, (
            f"killed in the {found_before} state, the rerun left another registry: "
            f"{differing[:5]}")


def steps_of(root: pathlib.Path, kind) -> list[str]:
    """The named steps, from the enumeration that the program kills itself by."""
    for path in sorted([*root.glob("Sources/**/*.swift"), *root.glob("Registry/**/*.swift")]):
        match = re.search(rf"enum {kind.enumeration}\b.*?\n}}", path.read_text(), re.DOTALL)
        if match:
            names = re.findall(r'case \w+ = "([a-z.-]+)"', match.group(0))
            return [n if n.startswith(kind.prefix) else f"{kind.prefix}.{n}" for n in names]
    raise SystemExit(f"no enumeration {kind.enumeration} in the sources")


def at_random(job, runs: int, pick: random.Random, counts):
    """Until `runs` were killed: one that ended before its moment came does not count."""
    number = 0
    while counts["killed"] < runs and number < 5 * runs:
        number += 1
        delay = pick.uniform(0, 1.05) * job.seconds
        try:
            job.prepare(number)
            counts["killed" if job.program.killed_after(delay, *job.command()) else "finished"] += 1
            found = job.look()
            counts[found] += 1
            job.rerun(found)
        except AssertionError as error:
            counts["FAILED"] += 1
            print(f"{job.name} run {number}, killed after {delay:.3f} s: {error}", flush=True)
    if counts["killed"] < runs:
        counts["FAILED"] += 1
        print(f"{job.name}: only {counts['killed']} of {number} runs were killed", flush=True)


def at_steps(job, steps: list[str], counts):
    """Every step the first three times it passes, in both variants of the job."""
    moments = [(step, count, variant)
               for step in steps for count in (1, 2, 3) for variant in (1, 2)]
    for name, count, variant in moments:
        step = f"{name}:{count}"
        try:
            job.prepare(variant)
            if not job.program.killed_at(step, *job.command()):
                if count == 1:
                    counts["not reached"] += 1
                    print(f"{step}: this job has no such step", flush=True)
                continue
            counts["killed"] += 1
            found = job.look()
            counts[found] += 1
            print(f"{step}: {found}", flush=True)
            job.rerun(found)
        except AssertionError as error:
            counts["FAILED"] += 1
            print(f"{step}: FAILED: {error}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ingot", required=True)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("jobs", nargs="*", metavar="convert|convert-to-file|publish")
    arguments = parser.parse_args()

    failed = 0
    for kind in (Convert, ConvertToFile, Publish):
        if arguments.jobs and kind.name not in arguments.jobs:
            continue
        with tempfile.TemporaryDirectory(prefix="ingot-kill-test.") as folder:
            job = kind(Program(arguments.ingot), arguments.model, pathlib.Path(folder))
            print(f"{kind.name}: undisturbed {job.seconds:.3f} s", flush=True)
            counts = collections.Counter()
            if arguments.steps:
                at_steps(job, steps_of(arguments.root, kind), counts)
            else:
                at_random(job, arguments.runs, random.Random(arguments.seed), counts)
            print(f"{kind.name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()),
                  flush=True)
            failed += counts["FAILED"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
