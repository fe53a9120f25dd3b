#!/usr/bin/env python3
"""Ingot against packages that others wrote. `make conformance` calls it with everything it needs.

    run.py --ingot BINARY --formats DIR [--smollm2 DIR] [--minilm DIR] [--llama DIR --transformers PYTHON]
           [PART…]

Prints a line for each check and closes with `N passed, N failed, N skipped`; exit status 1 if any
failed or none passed.
"""

import argparse
import importlib
import pathlib
import sys

from checks import Ingot, Report

PARTS = ["containers", "quantizers", "manifests", "registry", "sameness", "malformed", "llama",
         "splits", "ggml_types", "mixtures", "perplexity", "nvfp4", "hugging_face", "round_trips",
         "tokenizers_of_models"]


class Options:
    """What every part is given."""

    def __init__(self, arguments):
        self.ingot = Ingot(arguments.ingot)
        self.formats = pathlib.Path(arguments.formats)
        self.llama = arguments.llama
        self.transformers = arguments.transformers
        if arguments.llama:
            self.llama_sources = (
                pathlib.Path(arguments.llama).parent / "source" / "vendor" / "llama.cpp")
        self.models_by_name = {}
        if arguments.smollm2:
            self.models_by_name["smollm2"] = (
                pathlib.Path(arguments.smollm2) / "SmolLM2-135M-Instruct.Q4_1.gguf")
        if arguments.minilm:
            self.models_by_name["minilm"] = pathlib.Path(arguments.minilm) / "model.safetensors"
        try:
            flags = pathlib.Path("/proc/cpuinfo").read_text().split("\nflags", 1)[1]
            self.has_v3 = {"avx2", "f16c", "fma", "bmi2", "movbe"} <= set(
                flags.split("\n", 1)[0].split())
        except (OSError, IndexError):
            self.has_v3 = False

    def models(self):
        """(name, weights file) of the real models that could be fetched."""
        return list(self.models_by_name.items())

    def folder_of(self, source):
        """The folder, if the model came with companion files; otherwise the file."""
        return source.parent if (source.parent / "config.json").is_file() else source


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ingot", required=True)
    parser.add_argument("--formats", required=True)
    parser.add_argument("--smollm2")
    parser.add_argument("--minilm")
    parser.add_argument("--llama")
    parser.add_argument("--transformers", help="a Python that has torch and transformers")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")

    options, report = Options(arguments), Report()
    for name in ["smollm2", "minilm"]:
        if name not in options.models_by_name:
            report.skip(name, "the model could not be fetched")
    for name in arguments.parts or PARTS:
        print(f"\n-- {name}", flush=True)
        try:
            part = importlib.import_module(name)
        except ImportError as error:
            report.skip(name, f"{error.name} is not installed")
            continue
        part.run(report, options)
    print(flush=True)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
