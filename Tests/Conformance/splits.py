"""Part `splits`: checkpoints in several files, written and read against those who invented them."""

import json
import shutil
import struct

import numpy as np

from checks import equal, scratch
from llama import same_tensors, tool
from manifests import sha256
import tensors


def shards_in(folder):
    """The model files of an output folder, in order."""
    return sorted(f for f in folder.iterdir() if f.suffix in {".gguf", ".safetensors"})


def gathered(files, read):
    result = {}
    for file in files:
        for name, tensor in read(file).items():
            assert name not in result, f"{name} is in two files"
            result[name] = tensor
    return result


def check_gguf(report, options, name, source, folder):
    ingot = options.ingot
    theirs, ours = folder / "theirs", folder / "ours"
    for mode, value in [("--split-max-tensors", "100"), ("--split-max-size", "35M")]:
        shutil.rmtree(theirs, ignore_errors=True)
        theirs.mkdir()
        with report.check(f"{name}: {mode} {value} makes the files of llama-gguf-split, bit for bit"):
            tool(options, "llama-gguf-split", "--split", mode, value, source,
                 theirs / "model-copy")
            ingot.run("convert", source, "-o", ours, "--force", mode, value)
            equal({f.name: sha256(f) for f in shards_in(ours)},
                  {f.name: sha256(f) for f in shards_in(theirs)}, "digests")
        with report.check(f"{name}: {mode}: Ingot merges llama-gguf-split's files to the whole"):
            ingot.run("convert", shards_in(theirs)[0], "-o", folder / "one.gguf", "--force")
            equal(sha256(folder / "one.gguf"), sha256(source), "digest")
    with report.check(f"{name}: llama-gguf-split merges Ingot's files"):
        merged = folder / "merged.gguf"
        tool(options, "llama-gguf-split", "--merge", shards_in(ours)[0], merged)
        same_tensors(tensors.read_gguf(merged), tensors.read_source(source))
    with report.check(f"{name}: --keep-split as llama-quantize does"):
        kept = folder / "kept"
        ingot.run("convert", shards_in(theirs)[0], "-o", kept, "--force", "--keep-split",
                  "-q", "Q8_0", "--pure", "--allow-requantize")
        tool(options, "llama-quantize", "--keep-split", "--pure", "--allow-requantize",
             shards_in(theirs)[0], folder / "again", "Q8_0")
        again = sorted(folder.glob("again-*.gguf"))
        equal(len(shards_in(kept)), len(again), "number of files")
        for mine, file in zip(shards_in(kept), again):
            same_tensors(tensors.read_gguf(mine), tensors.read_gguf(file))


def check_safetensors(report, options, name, source, folder):
    ingot = options.ingot
    limit = 30_000_000
    with report.check(f"{name}: files and index as transformers writes them"):
        output = folder / "sharded"
        ingot.run("convert", source, "-o", output, "--force", "--split-max-size", str(limit))
        files = shards_in(output)
        equal([f.name for f in files],
              [f"model-{n + 1:05}-of-{len(files):05}.safetensors" for n in range(len(files))],
              "names")
        index = json.loads((output / "model.safetensors.index.json").read_text())
        found = {}
        for file in files:
            part = tensors.read_safetensors(file)
            found |= dict.fromkeys(part, file.name)
            size = sum(len(t.data) for t in part.values())
            assert size <= limit or len(part) == 1, f"{file.name} has {size} bytes of tensors"
        equal(index["weight_map"], found, "weight_map")
        whole = tensors.read_safetensors(source)
        equal(index["metadata"]["total_size"], sum(len(t.data) for t in whole.values()), "size")
        same_tensors(gathered(files, tensors.read_safetensors), whole)
    with report.check(f"{name}: Ingot joins them to the same file as from the whole"):
        ingot.run("convert", output, "--generic", "-o", folder / "a.gguf", "--force", "-q", "F16")
        ingot.run("convert", source, "--generic", "-o", folder / "b.gguf", "--force", "-q", "F16")
        equal(sha256(folder / "a.gguf"), sha256(folder / "b.gguf"), "digest")


def write_importance(path, model, seed=11):
    """Random weights for every matrix of blocks, in the format before GGUF."""
    random_numbers = np.random.default_rng(seed)
    names = [n for n, t in model.items() if n.startswith("blk.") and len(t.shape) == 2]
    with open(path, "wb") as file:
        file.write(struct.pack("<i", len(names)))
        for name in names:
            values = random_numbers.lognormal(size=model[name].shape[-1]).astype(np.float32) * 3
            file.write(struct.pack("<i", len(name)) + name.encode())
            file.write(struct.pack("<ii", 3, len(values)) + values.tobytes())
        file.write(struct.pack("<ii", 5, 8) + b"text.txt")


def check_importance(report, options, name, source, folder):
    ingot = options.ingot
    plain, legacy = folder / "plain.gguf", folder / "weights.dat"
    ingot.run("convert", source, "-o", plain, "--force", "-q", "F32", "--allow-requantize")
    write_importance(legacy, tensors.read_source(source))
    # Rows of 576 and 1536 elements: leaves end within rows, whose mean square these types use.
    for type_name in ["Q4_0", "Q5_1"]:
        with report.check(f"{name}: {type_name} by an importance matrix equals llama-quantize's"):
            ours, theirs = folder / "ours.gguf", folder / "theirs.gguf"
            ingot.run("convert", plain, "-o", ours, "--force", "-q", type_name, "--pure",
                      "--imatrix", legacy)
            tool(options, "llama-quantize", "--pure", "--imatrix", legacy, plain, theirs,
                 type_name)
            same_tensors(tensors.read_gguf(ours), tensors.read_gguf(theirs))
            keys, expected = (tensors.read_gguf_metadata(f) for f in (ours, theirs))
            expected["quantize.imatrix.file"] = (
                expected["quantize.imatrix.file"][0], legacy.name)
            for key in expected:
                if key.startswith("quantize.imatrix."):
                    equal(keys.get(key), expected[key], key)
    with report.check(f"{name}: an output made by an importance matrix is made again"):
        ingot.run("verify", folder / "ours.gguf", "--rederive", plain, "--imatrix", legacy,
                  "--sample", "10%")
        result = ingot.run("verify", folder / "ours.gguf", "--rederive", plain, expect=2)
        assert "[importance-missing]" in result.stderr, result.stderr


def run(report, options):
    for name, source in options.models():
        with scratch() as folder:
            if source.suffix == ".safetensors":
                check_safetensors(report, options, name, source, folder)
            elif options.llama:
                check_gguf(report, options, name, source, folder)
                check_importance(report, options, name, source, folder)
            else:
                report.skip(f"{name}: llama.cpp's files",
                            "asked for with `make conformance-full` only")
