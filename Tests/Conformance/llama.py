"""Part `llama`: llama.cpp loads what Ingot writes, and its quantizer makes the same bytes."""

import math
import pathlib
import re
import subprocess

from checks import equal, scratch
import synthetic
import tensors

TYPES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "F16", "BF16"]


def tool(options, name, *arguments, timeout=1800) -> str:
    result = subprocess.run(
        [pathlib.Path(options.llama) / name, *map(str, arguments)], capture_output=True,
        text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=timeout)
    output = result.stdout + result.stderr
    equal(result.returncode, 0, f"{name}: {output[-1500:]}")
    return output


def same_tensors(ours, theirs):
    equal(sorted(ours), sorted(theirs), "tensor names")
    for name, tensor in theirs.items():
        equal(ours[name].type, tensor.type, f"{name}: type")
        assert ours[name].data == tensor.data, f"{name}: {tensor.type} bytes differ"


def run(report, options):
    ingot = options.ingot
    if not options.llama:
        report.skip("llama.cpp", "asked for with `make conformance-full` only")
        return

    with scratch() as folder:
        synthetic.SMALL.write(folder / "small.gguf")
        sources = [("a small F16 Llama", folder / "small.gguf")]
        sources += [(n, s) for n, s in options.models() if s.suffix == ".gguf"]
        for name, source in sources:
            for type_name in TYPES:
                with report.check(f"{name}: {type_name} --pure equals llama-quantize --pure"):
                    ours, theirs = folder / "ours.gguf", folder / "theirs.gguf"
                    ingot.run("convert", source, "-o", ours, "--force", "-q", type_name, "--pure",
                              "--allow-requantize")
                    tool(options, "llama-quantize", "--pure", "--allow-requantize", source, theirs,
                         type_name)
                    same_tensors(tensors.read_gguf(ours), tensors.read_gguf(theirs))
                with report.check(f"{name}: llama.cpp reads Ingot's {type_name}"):
                    tool(options, "llama-quantize", "--allow-requantize", folder / "ours.gguf",
                         folder / "again.gguf", "COPY")
                    same_tensors(tensors.read_gguf(folder / "again.gguf"),
                                 tensors.read_gguf(folder / "ours.gguf"))

    model = options.models_by_name.get("smollm2")
    if model is None:
        report.skip("perplexity", "smollm2 is not there")
        return
    with scratch() as folder:
        text = folder / "text.txt"
        guides = pathlib.Path(__file__).resolve().parents[2] / "docs"
        text.write_text("\n".join(f.read_text(encoding="utf-8")
                                  for f in sorted(guides.rglob("*.md"))))
        with report.check("smollm2: llama.cpp runs Ingot's files, perplexity near the source's"):
            reference = perplexity(options, model, text)
            # Not a measure of quality: a file that llama.cpp misreads gives thousands.
            for type_name, bound in [("Q8_0", 1.05), ("Q4_0", 1.5)]:
                output = folder / f"{type_name}.gguf"
                ingot.run("convert", model, "-o", output, "-q", type_name, "--allow-requantize")
                found = perplexity(options, output, text)
                print(f"        {type_name}: {found:.3f}, source {reference:.3f}")
                assert found < reference * bound, f"{type_name}: {found} against {reference}"


def perplexity(options, model, text) -> float:
    output = tool(options, "llama-perplexity", "-m", model, "-f", text, "-c", "256",
                  "--chunks", "8", "-t", "2")
    match = re.search(r"Final estimate: PPL = ([0-9.]+)", output)
    assert match, f"no estimate in: {output[-800:]}"
    value = float(match.group(1))
    assert math.isfinite(value), "perplexity is not finite"
    return value
