#!/usr/bin/env python3
"""From a Hugging Face folder to Q4_K_M: Ingot's one pass beside convert_hf_to_gguf.py and llama-quantize.

    hugging_face.py --ingot BINARY --model GGUF --llama DIR --transformers PYTHON [--rounds 3]

The folder is the Llama-shaped benchmark model with a tokenizer that is trained here. The script's
intermediate file is counted where it counts: on the disk, and in the time that writing it takes.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

from samples import Sample, emptied, timed, warm

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


def folder_of(arguments, scratch: pathlib.Path) -> pathlib.Path:
    """The model as transformers would save it, once."""
    folder = pathlib.Path(arguments.model).with_suffix(".hf")
    if (folder / "tokenizer.json").is_file():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([arguments.ingot, "convert", arguments.model, "-o", scratch / "hf", "--to",
                    "safetensors"], check=True, stdin=subprocess.DEVNULL)
    subprocess.run(
        [arguments.transformers, "-c", "import sys, pathlib; sys.path.insert(0, sys.argv[1]); "
         "import tiny_checkpoints; tiny_checkpoints.tokenizer(pathlib.Path(sys.argv[2]), 'bpe')",
         REPOSITORY / "Tests" / "Conformance", scratch / "hf"], check=True)
    (scratch / "hf").rename(folder)
    return folder


def peak_of_files(folder: pathlib.Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ["--ingot", "--model", "--llama", "--transformers"]:
        parser.add_argument(name, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    out = pathlib.Path(arguments.model).parent / f"out-{os.getpid()}"
    out.mkdir()
    sources = pathlib.Path(arguments.llama).parent / "source" / "vendor" / "llama.cpp"
    samples: dict[tuple, Sample] = {}
    disk: dict[str, int] = {}
    try:
        folder = folder_of(arguments, out)
        for number in range(arguments.rounds):
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
            for file in folder.glob("*.safetensors"):
                warm(file)
            for threads in [1, 2]:
                emptied(out)
                timed(samples.setdefault(("Ingot", threads), Sample()),
                      [arguments.ingot, "convert", folder, "-o", out / "q.gguf", "-q", "Q4_K_M",
                       "--threads", threads])
                disk["Ingot"] = peak_of_files(out)
                emptied(out)
                timed(samples.setdefault(("script and llama-quantize", threads), Sample()),
                      [arguments.transformers, REPOSITORY / "Tests/Conformance/convert_hf.py",
                       sources, "gpt-2", folder, "--outfile", out / "f16.gguf", "--outtype", "f16"],
                      [pathlib.Path(arguments.llama) / "llama-quantize", out / "f16.gguf",
                       out / "q.gguf", "Q4_K_M", threads])
                disk["script and llama-quantize"] = peak_of_files(out)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    print("| contender | threads | seconds | peak memory | disk |\n|---|---|---|---|---|")
    for (name, threads), sample in sorted(samples.items(), key=lambda item: item[0][1]):
        print(f"| {name} | {threads} | {sample.median:.2f} | "
              f"{sample.peak_mib:.0f} MiB | {disk[name] / 1e6:.0f} MB |")
    ratios = [samples["script and llama-quantize", t].median / samples["Ingot", t].median
              for t in [1, 2]]
    holds = min(ratios) >= 4 and max(
        s.peak_mib for (n, _), s in samples.items() if n == "Ingot") <= 250
    print(f"\n{ratios[0]:.2f} and {ratios[1]:.2f} times as fast with 1 and 2 threads (at least 4), "
          f"peak memory at most 250 MiB: {'pass' if holds else 'FAIL'}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
