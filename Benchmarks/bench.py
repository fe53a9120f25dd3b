#!/usr/bin/env python3
"""The measurements behind Benchmarks/run; see Benchmarks/README.md for what is and is not timed."""

import argparse
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time

BARS = {  # what the project promises; changed only together with the README
    "faster than llama-quantize at 1 thread": 2.0,
    "of cp + openssl at 2 threads": 1.0,
    "peak MiB": 200,
    "verify against openssl": 0.9,
    "inspect ms": 30,
    "version ms": 20,
}


class Sample:
    def __init__(self):
        self.seconds: list[float] = []
        self.peak_mib = 0.0

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


class Bench:
    def __init__(self, arguments):
        self.ingot, self.model = arguments.ingot, pathlib.Path(arguments.model)
        self.llama = pathlib.Path(arguments.llama) / "llama-quantize" if arguments.llama else None
        self.rounds = arguments.rounds
        self.out = self.model.parent / f"out-{os.getpid()}"
        self.samples: dict[tuple, Sample] = {}
        self.load_before = os.getloadavg()[0]

    def sample(self, *key) -> Sample:
        return self.samples.setdefault(key, Sample())

    def conversions(self):
        """One round after the other, every contender in each, so that drift hits all alike."""
        output = self.out / "out.gguf"
        for number in range(self.rounds):
            print(f"round {number + 1} of {self.rounds}", file=sys.stderr, flush=True)
            for encoding in ["Q8_0", "Q4_0"]:
                for threads in [1, 2]:
                    emptied(self.out)
                    timed(self.sample("ingot", encoding, threads),
                          [self.ingot, "convert", self.model, "-o", output, "-q", encoding,
                           "--pure", "--threads", threads])
                    if self.llama:
                        emptied(self.out)
                        timed(self.sample("llama-quantize", encoding, threads),
                              [self.llama, "--pure", self.model, output, encoding, threads])
            emptied(self.out)
            timed(self.sample("cp + openssl"), ["cp", self.model, output],
                  ["openssl", "dgst", "-sha256", self.model])

    def verification(self):
        """On one core each: how many threads verify would use is then no advantage."""
        emptied(self.out)
        folder = self.out / "model"
        timed(Sample(), [self.ingot, "convert", self.model, "-o", folder, "-q", "Q8_0", "--pure"])
        file = next(folder.glob("*.gguf"))
        core = min(os.sched_getaffinity(0))
        warm(file)
        for _ in range(self.rounds):
            timed(self.sample("verify"), [self.ingot, "verify", folder], core=core)
            timed(self.sample("openssl"), ["openssl", "dgst", "-sha256", file], core=core)

    def starts(self):
        for _ in range(20):
            timed(self.sample("inspect"), [self.ingot, "inspect", self.model])
            timed(self.sample("version"), [self.ingot, "--version"])

    def run(self):
        warm(self.model)
        self.out.mkdir()
        try:
            self.conversions()
            self.verification()
            self.starts()
        finally:
            shutil.rmtree(self.out, ignore_errors=True)


def cpu_name() -> str:
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        return text.split("model name", 1)[1].split(":", 1)[1].split("\n", 1)[0].strip()
    except (OSError, IndexError):
        return platform.processor() or "unknown CPU"


def report(bench: Bench) -> bool:
    bars: list[tuple[str, str, str, bool]] = []

    def bar(what: str, found: float, limit: float, unit: str, at_least: bool):
        good = found >= limit if at_least else found <= limit
        bars.append((what, f"{found:.2f}{unit}", f"{'≥' if at_least else '≤'} {limit:g}{unit}",
                     good))

    size = bench.model.stat().st_size
    print(f"Source: {bench.model.name}, {size / 1e6:.0f} MB, F16. {cpu_name()}, "
          f"{len(os.sched_getaffinity(0))} cores, load {bench.load_before:.2f} before. "
          f"Medians of {bench.rounds} (range), then peak memory. Page cache warm.\n")
    baseline = bench.sample("cp + openssl")
    print("| F16 to | threads | Ingot | llama-quantize --pure | cp + openssl dgst | "
          "Ingot against llama-quantize | Ingot against cp + openssl |")
    print("|---|---|---|---|---|---|---|")
    peak = 0.0
    for encoding in ["Q8_0", "Q4_0"]:
        for threads in [1, 2]:
            ours = bench.sample("ingot", encoding, threads)
            theirs = bench.samples.get(("llama-quantize", encoding, threads))
            peak = max(peak, ours.peak_mib)
            faster = theirs.median / ours.median if theirs else None
            print(f"| {encoding} | {threads} | {ours} | {theirs or 'not there'} | {baseline} | "
                  f"{f'{faster:.2f}× as fast' if faster else 'not measured'} | "
                  f"{ours.median / baseline.median:.2f}× the time |")
            if threads == 1 and faster:
                bar(f"{encoding}, 1 thread: speed of llama-quantize", faster,
                    BARS["faster than llama-quantize at 1 thread"], "×", True)
            if threads == 2:
                bar(f"{encoding}, 2 threads: time of cp + openssl", ours.median / baseline.median,
                    BARS["of cp + openssl at 2 threads"], "×", False)
    bar("convert: peak memory", peak, BARS["peak MiB"], " MiB", False)
    verify, openssl = bench.sample("verify"), bench.sample("openssl")
    bar("verify: rate of openssl dgst -sha256, one core", openssl.median / verify.median,
        BARS["verify against openssl"], "×", True)
    bar("inspect, median of 20", bench.sample("inspect").median * 1e3, BARS["inspect ms"], " ms",
        False)
    bar("--version, median of 20", bench.sample("version").median * 1e3, BARS["version ms"], " ms",
        False)
    print(f"\nverify {verify}; openssl {openssl}\n")
    print("| promise | found | bar | |\n|---|---|---|---|")
    for what, found, limit, good in bars:
        print(f"| {what} | {found} | {limit} | {'pass' if good else '**FAIL**'} |")
    return all(good for *_, good in bars)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ingot", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--llama", default="")
    parser.add_argument("--rounds", type=int, default=5)
    bench = Bench(parser.parse_args())
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if bench.load_before > 0.5:
        print(f"load {bench.load_before:.2f}: other work runs here; expect noise", file=sys.stderr)
    print(f"own memory {own:.0f} MiB, a lower bound of every peak below", file=sys.stderr)
    bench.run()
    return 0 if report(bench) else 1


if __name__ == "__main__":
    sys.exit(main())
