"""Part `sameness`: the same job gives the same bytes, whatever runs it, however often it dies."""

import json
import os
import random
import time

from checks import Skip, equal, scratch, weights_file
from manifests import sha256
import synthetic
import tensors


def digests(folder) -> dict[str, str]:
    """Every file below `folder`, manifest included."""
    return {str(f.relative_to(folder)): sha256(f)
            for f in sorted(folder.rglob("*")) if f.is_file() and not f.is_symlink()}


def shard_safetensors(source, folder, count=3):
    """Consecutive tensors in file order, with the index that Hugging Face tools write."""
    all_tensors = tensors.read_safetensors_in_file_order(source)
    names, shards = list(all_tensors), {}
    for number in range(count):
        part = names[number * len(names) // count:(number + 1) * len(names) // count]
        file = f"model-{number + 1:05}-of-{count:05}.safetensors"
        metadata = tensors.read_safetensors_metadata(source)
        tensors.write_safetensors_in_order(
            folder / file, {name: all_tensors[name] for name in part}, metadata)
        shards |= dict.fromkeys(part, file)
    total = sum(len(t.data) for t in all_tensors.values())
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": total}, "weight_map": shards}))


def shard_gguf(source, folder, fill):
    """The same metadata and tensors through gguf's writer, once whole and once split."""
    all_tensors = tensors.read_source(source)
    (folder / "whole").mkdir()
    (folder / "split").mkdir()
    tensors.write_gguf(folder / "whole" / "model.gguf", all_tensors, fill=fill)
    tensors.write_gguf(folder / "split" / "model.gguf", all_tensors, fill=fill,
                       split_max_tensors=len(all_tensors) // 3 + 1)
    shards = sorted((folder / "split").iterdir())
    equal(len(shards), 3, "shards that the gguf package wrote")
    return folder / "whole" / "model.gguf", shards[0]


def thirty_blocks(writer):
    writer.add_block_count(30)
    writer.add_name("split test")


def interrupted(ingot, arguments, output, attempts=12):
    """Kills runs at random moments, then lets one finish. Skips if no run could be caught alive."""
    begin = time.monotonic()
    ingot.run(*arguments, "-o", output.with_name("clock"))
    whole = time.monotonic() - begin
    caught, pick = 0, random.Random(1)
    for _ in range(attempts):
        process = ingot.start(*arguments, "-o", output)
        try:
            process.wait(timeout=pick.uniform(0.05, 0.9) * whole)
        except Exception:
            process.kill()
            process.wait()
            caught += 1
        if output.exists():
            break
    if not output.exists():
        ingot.run(*arguments, "-o", output)
    if not caught:
        raise Skip("every run finished before it could be killed")


def check(report, options, name, source, recipe, fill=thirty_blocks):
    """One job in every way. `fill` is the metadata of shards of a GGUF."""
    ingot = options.ingot
    arguments = ["convert", source, "--to", "gguf", "--generic", *recipe]
    with scratch() as folder:
        reference = folder / "reference"
        with report.check(f"{name}: an undisturbed run with one thread"):
            ingot.run(*arguments, "-o", reference, "--threads", "1")
        if not reference.exists():
            return
        expected = digests(reference)
        other = os.environ | {"LC_ALL": "C", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"}
        for title, extra, environment in [
            ("two threads", ["--threads", "2"], None),
            ("the plain x86-64 kernels", [], os.environ | {"INGOT_CPU": "baseline"}),
            ("the x86-64-v3 kernels", [], os.environ | {"INGOT_CPU": "v3"}),
            ("a limit on memory", ["--max-memory", "96MiB"], None),
            ("another locale, time zone and epoch", [], other),
        ]:
            with report.check(f"{name}: same bytes with {title}, manifest included"):
                if "v3" in title and not options.has_v3:
                    raise Skip("this CPU is not x86-64-v3")
                output = folder / "other"
                # The system enforces what --max-memory promises.
                ingot.run(*arguments, "-o", output, "--force", *extra,
                          environment=environment,
                          memory=96 << 20 if "--max-memory" in extra else None)
                equal(digests(output), expected, "digests")
        with report.check(f"{name}: same bytes when killed and resumed, manifest included"):
            interrupted(ingot, arguments, folder / "resumed")
            equal(digests(folder / "resumed"), expected, "digests")
            left = [f.name for f in folder.iterdir()
                    if f.name not in {"reference", "other", "resumed", "clock"}]
            equal(left, [], "left behind")
        with report.check(f"{name}: same model file from shards"):
            (folder / "shards").mkdir()
            if source.suffix == ".gguf":
                whole, first = shard_gguf(source, folder, fill)
                ingot.run("convert", whole, *arguments[2:], "-o", folder / "a")
                ingot.run("convert", first, *arguments[2:], "-o", folder / "b")
                a, b = folder / "a", folder / "b"
            else:
                shard_safetensors(source, folder / "shards")
                ingot.run("convert", folder / "shards", *arguments[2:], "-o", folder / "b")
                a, b = reference, folder / "b"
            equal(sha256(weights_file(b)), sha256(weights_file(a)), "digest")


def run(report, options):
    for name, source in options.models():
        check(report, options, name, source, ["-q", "Q4_0", "--allow-requantize"])
    model = synthetic.TWELVE_BLOCKS
    with scratch() as folder:
        source, importance = folder / "in.gguf", folder / "imatrix.gguf"
        model.write(source)
        synthetic.write_model_importance(importance, tensors.read_gguf(source))
        for title, extra in [("", []), (" by an importance matrix", ["--imatrix", importance])]:
            check(report, options, f"twelve blocks in Q4_K_M{title}", source,
                  ["-q", "Q4_K_M", *extra], model.metadata)
