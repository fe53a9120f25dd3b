#!/usr/bin/env python3
"""The measurements behind Benchmarks/run; see Benchmarks/README.md for what is and is not timed."""

import argparse
import os
import pathlib
import resource
import shutil
import sys

import results
from samples import Sample, copy_rate, emptied, timed, warm


class Source:
    """A model to convert, of two bytes a weight."""

    def __init__(self, path: str):
        self.path = pathlib.Path(path)
        self.byte_count = self.path.stat().st_size
        self.weights = self.byte_count // 2


class Bench:
    def __init__(self, arguments):
        self.ingot = arguments.ingot
        self.large, self.small = Source(arguments.model), Source(arguments.small_model)
        self.llama = pathlib.Path(arguments.llama) / "llama-quantize" if arguments.llama else None
        self.rounds = arguments.rounds
        self.encodings = [e for e in results.ENCODINGS
                          if not arguments.only or e.title in arguments.only]
        self.out = self.large.path.parent / f"out-{os.getpid()}"
        self.samples: dict[tuple, Sample] = {}
        self.copy_rates: list[float] = []
        self.load_before = os.getloadavg()[0]

    def sample(self, *key) -> Sample:
        return self.samples.setdefault(key, Sample())

    def source(self, encoding: results.Encoding) -> Source:
        """The slow ones have the small model, or the references would take hours."""
        return self.large if encoding.is_plain else self.small

    def convert(self, encoding: results.Encoding, threads: int):
        output, source = self.out / "out.gguf", self.source(encoding).path
        pure = ["--pure"] if encoding.is_pure else []
        emptied(self.out)
        ours = self.sample("ingot", encoding.title, threads)
        timed(ours, [self.ingot, "convert", source, "-o", output, "-q", encoding.file_type, *pure,
                     "--threads", threads])
        ours.output_bytes = output.stat().st_size
        if self.llama:
            emptied(self.out)
            timed(self.sample("llama-quantize", encoding.title, threads),
                  [self.llama, *pure, source, output, encoding.file_type, threads])

    def conversions(self):
        """One round after the other, every contender in each, so that drift hits all alike."""
        for number in range(self.rounds):
            print(f"round {number + 1} of {self.rounds}", file=sys.stderr, flush=True)
            self.copy_rates.append(copy_rate())
            warm(self.large.path)
            warm(self.small.path)
            for encoding in self.encodings:
                for threads in [1, 2]:
                    self.convert(encoding, threads)
            emptied(self.out)
            timed(self.sample("cp + openssl"), ["cp", self.large.path, self.out / "out.gguf"],
                  ["openssl", "dgst", "-sha256", self.large.path])

    def verification(self):
        """On one core each: how many threads verify would use is then no advantage."""
        emptied(self.out)
        folder = self.out / "model"
        timed(Sample(), [self.ingot, "convert", self.large.path, "-o", folder, "-q", "Q8_0",
                         "--pure"])
        file = next(folder.glob("*.gguf"))
        core = min(os.sched_getaffinity(0))
        warm(file)
        for _ in range(self.rounds):
            timed(self.sample("verify"), [self.ingot, "verify", folder], core=core)
            timed(self.sample("openssl"), ["openssl", "dgst", "-sha256", file], core=core)

    def starts(self):
        for _ in range(20):
            timed(self.sample("inspect"), [self.ingot, "inspect", self.large.path])
            timed(self.sample("version"), [self.ingot, "--version"])

    def run(self):
        self.out.mkdir()
        try:
            self.conversions()
            self.verification()
            self.starts()
        finally:
            shutil.rmtree(self.out, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ingot", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--small-model", required=True)
    parser.add_argument("--llama", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="ROW",
                        help="measure this row alone, such as Q4_K; repeatable")
    bench = Bench(parser.parse_args())
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if bench.load_before > 0.5:
        print(f"load {bench.load_before:.2f}: other work runs here; expect noise", file=sys.stderr)
    print(f"own memory {own:.0f} MiB, a lower bound of every peak below", file=sys.stderr)
    bench.run()
    return 0 if results.report(bench) else 1


if __name__ == "__main__":
    sys.exit(main())
