"""Part `perplexity`: what files are worth at work, by llama.cpp, beside llama-quantize's files.

The text is English and the same on every Debian: the licences that base-files ships. A
perplexity of few chunks says which of two files is better only where they differ clearly.
"""

import pathlib

from checks import Skip, equal, scratch
import llama
import tensors

LICENSES = pathlib.Path("/usr/share/common-licenses")
MINIMUM_BYTES = 100_000
TYPES = ["Q8_0", "Q4_0", "Q4_K_M", "Q2_K"]
# `--pure` files, for the one that is as large as a file made to a target.
UNIFORM = ["Q2_K", "Q3_K_S", "IQ4_XS", "Q4_K_S", "IQ4_NL", "Q4_0", "Q4_1", "Q5_K_S", "Q5_0", "Q5_1",
           "Q6_K", "Q8_0"]
TARGETS = ["4.0", "4.5", "5.0"]


class Table:
    """Rows are files; printed at the end."""

    def __init__(self, options, text):
        self.options, self.text = options, text
        self.rows = []
        self.found = {}

    def measure(self, name: str, file: pathlib.Path) -> float:
        value = llama.perplexity(self.options, file, self.text)
        self.rows.append((name, file.stat().st_size, value))
        self.found[name] = value
        return value

    def print(self):
        print("\n        | file | bytes | perplexity |\n        |---|---|---|")
        for name, byte_count, value in self.rows:
            print(f"        | {name} | {byte_count} | {value:.4f} |")


def english() -> str:
    """Links name files that are there already."""
    files = sorted(f for f in LICENSES.glob("*") if f.is_file() and not f.is_symlink())
    return "\n".join(f.read_text(encoding="utf-8", errors="replace") for f in files)


def convert(options, source, output, *arguments):
    options.ingot.run("convert", source, "-o", output, "--force", "--allow-requantize", *arguments)


def check_types(report, options, source, folder, table):
    ours, theirs = folder / "ours.gguf", folder / "theirs.gguf"
    for file_type in TYPES:
        with report.check(f"{file_type}: tensors of llama-quantize, the same perplexity"):
            convert(options, source, ours, "-q", file_type)
            llama.tool(options, "llama-quantize", "--allow-requantize", source, theirs, file_type)
            llama.same_tensors(tensors.read_gguf(ours), tensors.read_gguf(theirs))
            equal(table.measure(f"{file_type}, Ingot", ours),
                  table.measure(f"{file_type}, llama-quantize", theirs), "perplexity")


def check_nvfp4(report, options, source, folder, table, flags):
    for method in ["nearest", "search", "four-over-six"]:
        with report.check(f"NVFP4 by {method}: llama.cpp runs it"):
            if "--method" not in flags:
                raise Skip("this Ingot has no --method")
            output = folder / "nvfp4.gguf"
            convert(options, source, output, "-q", "NVFP4", "--method", method)
            found = table.measure(f"NVFP4, {method}", output)
            # Not a measure of quality: a file that llama.cpp misreads gives thousands.
            beside = table.found["Q4_0, Ingot"]
            assert found < 2 * beside, f"perplexity {found}, Q4_0 {beside}"


def check_targets(report, options, source, folder, table, flags):
    if "--target-bpw" not in flags:
        for target in TARGETS:
            report.skip(f"--target-bpw {target}", "this Ingot has no --target-bpw")
        return
    uniform = []
    with report.check("files of one encoding, to compare with"):
        for file_type in UNIFORM:
            file = folder / f"{file_type}.gguf"
            convert(options, source, file, "-q", file_type, "--pure")
            uniform.append((file.stat().st_size, file_type, file))
    for target in TARGETS:
        with report.check(f"--target-bpw {target}: better than one encoding in no less space"):
            output = folder / f"{target}.gguf"
            result = options.ingot.run(
                "convert", source, "-o", output, "--allow-requantize", "--target-bpw", target,
                expect=None)
            # Most rows of SmolLM2 hold only blocks of 32, of 4.5 bits or more.
            if "[target-too-small]" in result.stderr:
                raise Skip(result.stderr.strip().splitlines()[-1])
            equal(result.status, 0, str(result))
            # Of the tensors' data, as the summary of convert counts.
            entries = tensors.gguf.GGUFReader(str(output)).tensors
            byte_count = sum(int(t.n_bytes) for t in entries)
            bits = 8 * byte_count / sum(int(t.n_elements) for t in entries)
            assert bits <= float(target), f"{bits} bits an element"
            size = output.stat().st_size
            larger = [entry for entry in uniform if entry[0] >= size]
            if not larger:
                raise Skip("no file of one encoding is as large")
            _, beside, file = min(larger)
            name = f"{beside} --pure"
            expected = table.found.get(name) or table.measure(name, file)
            found = table.measure(f"--target-bpw {target}", output)
            assert found < expected, f"perplexity {found}, {name} {expected}"


def run(report, options):
    if not options.llama:
        report.skip("perplexity", "asked for with `make conformance-full` only")
        return
    source = options.models_by_name.get("smollm2")
    if source is None:
        report.skip("perplexity", "smollm2 is not there")
        return
    text = english()
    if len(text.encode()) < MINIMUM_BYTES:
        report.skip("perplexity", f"{LICENSES} (Debian package base-files) is not there")
        return
    with scratch() as folder:
        file = folder / "text.txt"
        file.write_text(text, encoding="utf-8")
        table = Table(options, file)
        with report.check("the source"):
            table.measure(f"source, {source.stem.rsplit('.', 1)[-1]}", source)
        flags = options.ingot.run("convert", "--help").stdout
        check_types(report, options, source, folder, table)
        check_nvfp4(report, options, source, folder, table, flags)
        check_targets(report, options, source, folder, table, flags)
        table.print()
