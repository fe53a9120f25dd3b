"""What is promised, and the report: Markdown that goes into README.md as it is."""

import dataclasses
import os
import pathlib
import platform
import statistics


@dataclasses.dataclass(frozen=True)
class Encoding:
    """A row. `bar` is how many times as fast as llama-quantize it must be with one thread."""

    file_type: str
    bar: float
    is_plain: bool = False  # nearly as fast as copying, so measured on the large model
    is_pure: bool = True

    @property
    def title(self) -> str:
        # A file type that with --pure is one encoding and is named after a mixture.
        return self.file_type.removesuffix("_S") if self.is_pure else self.file_type


# What the project promises; changed only together with the README.
ENCODINGS = [
    Encoding("Q8_0", 2, is_plain=True), Encoding("Q4_0", 2, is_plain=True),
    Encoding("Q4_K_S", 5), Encoding("Q5_K_S", 5), Encoding("Q2_K", 5), Encoding("Q3_K_S", 5),
    Encoding("Q6_K", 3), Encoding("IQ4_XS", 6), Encoding("IQ4_NL", 6),
    Encoding("Q4_K_M", 3, is_pure=False),
]
BARS = {
    "of cp + openssl at 2 threads": 1.0,
    "peak MiB, plain": 200,
    "peak MiB": 250,
    "verify against openssl": 0.9,
    "inspect ms": 30,
    "version ms": 20,
}


class Promises:
    """Each with what was found."""

    def __init__(self):
        self.rows: list[tuple[str, str, str, bool]] = []

    def add(self, what: str, found: float, limit: float, unit: str, at_least: bool):
        good = found >= limit if at_least else found <= limit
        self.rows.append((what, f"{found:.2f}{unit}",
                          f"{'≥' if at_least else '≤'} {limit:g}{unit}", good))

    def print(self) -> bool:
        print("\n| promise | found | bar | |\n|---|---|---|---|")
        for what, found, limit, good in self.rows:
            print(f"| {what} | {found} | {limit} | {'pass' if good else '**FAIL**'} |")
        return all(good for *_, good in self.rows)


def cpu_name() -> str:
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        return text.split("model name", 1)[1].split(":", 1)[1].split("\n", 1)[0].strip()
    except (OSError, IndexError):
        return platform.processor() or "unknown CPU"


def print_rows(bench, promises, is_plain: bool):
    """One table; `bench.samples` has what was measured."""
    encodings = [e for e in bench.encodings if e.is_plain == is_plain]
    if not encodings:
        return
    source = bench.source(encodings[0])
    bandwidth = statistics.median(bench.copy_rates)
    baseline = bench.sample("cp + openssl")
    print(f"\n{source.path.name}, {source.byte_count / 1e6:.0f} MB, F16:\n")
    print("| F16 to | threads | Ingot | million weights a second | of one core's bandwidth | "
          "llama-quantize | times as fast |" + (" time of cp + openssl |" if is_plain else ""))
    print("|---|---|---|---|---|---|---|" + ("---|" if is_plain else ""))
    peak = 0.0
    for encoding in encodings:
        for threads in [1, 2]:
            ours = bench.sample("ingot", encoding.title, threads)
            theirs = bench.samples.get(("llama-quantize", encoding.title, threads))
            peak = max(peak, ours.peak_mib)
            faster = theirs.median / ours.median if theirs else None
            moved = (source.byte_count + ours.output_bytes) / ours.median
            pure = " --pure" if encoding.is_pure else ""
            row = (f"| {encoding.title}{pure} | {threads} | {ours} | "
                   f"{source.weights / ours.median / 1e6:.0f} | {moved / bandwidth:.1%} | "
                   f"{theirs or 'not there'} | {f'{faster:.2f}×' if faster else 'not measured'} |")
            if is_plain:
                row += f" {ours.median / baseline.median:.2f}× |"
            print(row)
            if threads == 1 and faster:
                promises.add(f"{encoding.title}{pure}, 1 thread: speed of llama-quantize", faster,
                             encoding.bar, "×", True)
            if threads == 2 and is_plain:
                promises.add(f"{encoding.title}{pure}, 2 threads: time of cp + openssl",
                             ours.median / baseline.median,
                             BARS["of cp + openssl at 2 threads"], "×", False)
    promises.add(f"convert to {', '.join(e.title for e in encodings)}: peak memory", peak,
                 BARS["peak MiB, plain" if is_plain else "peak MiB"], " MiB", False)


def report(bench) -> bool:
    promises = Promises()
    print(f"{cpu_name()}, {len(os.sched_getaffinity(0))} cores, load {bench.load_before:.2f} "
          f"before. Medians of {bench.rounds} (range), then peak memory. Page cache warm. One core "
          f"copies memory at {statistics.median(bench.copy_rates) / 1e9:.1f} GB/s, bytes read and "
          f"bytes written counted; cp + openssl dgst of the large model: "
          f"{bench.sample('cp + openssl')}.")
    print_rows(bench, promises, is_plain=True)
    print_rows(bench, promises, is_plain=False)
    verify, openssl = bench.sample("verify"), bench.sample("openssl")
    promises.add("verify: rate of openssl dgst -sha256, one core", openssl.median / verify.median,
                 BARS["verify against openssl"], "×", True)
    promises.add("inspect, median of 20", bench.sample("inspect").median * 1e3,
                 BARS["inspect ms"], " ms", False)
    promises.add("--version, median of 20", bench.sample("version").median * 1e3,
                 BARS["version ms"], " ms", False)
    print(f"\nverify {verify}; openssl {openssl}")
    return promises.print()
