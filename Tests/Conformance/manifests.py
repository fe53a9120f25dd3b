"""Part `manifests`: sha256sum, hashlib and a JSON Schema validator agree with what was written."""

import hashlib
import json
import math
import shutil
import subprocess
import sys

import gguf
import numpy as np

from checks import Skip, equal, scratch, weights_file
import tensors


def sha256(path, offset=0, byte_count=None) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        file.seek(offset)
        left = byte_count if byte_count is not None else path.stat().st_size - offset
        while left > 0:
            chunk = file.read(min(left, 1 << 20))
            assert chunk, f"{path} ends early"
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def sha256sum(folder, sums):
    if shutil.which("sha256sum") is None:
        raise Skip("sha256sum is not installed")
    result = subprocess.run(["sha256sum", "--check", "--strict", sums], cwd=folder,
                            capture_output=True, text=True)
    equal(result.returncode, 0, f"sha256sum --check {sums}: {result.stdout} {result.stderr}")


def validate(document, schema_path):
    try:
        import jsonschema
    except ImportError:
        raise Skip("jsonschema is not installed") from None
    schema = json.loads(schema_path.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    errors = sorted(validator(schema).iter_errors(document), key=str)
    assert not errors, f"{len(errors)} violations, first: {errors[0].message[:300]}"


def keys_sorted(value) -> bool:
    if isinstance(value, dict):
        return list(value) == sorted(value) and all(keys_sorted(v) for v in value.values())
    if isinstance(value, list):
        return all(keys_sorted(v) for v in value)
    return True


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def run(report, options):
    ingot = options.ingot
    schema = options.formats / "Manifest" / "schema.json"
    for name, source in options.models():
        with scratch() as folder:
            output = folder / "out"
            with report.check(f"{name}: a folder comes with manifest and sums"):
                ingot.run("convert", source, "--generic", "-o", output, "--to", "gguf",
                          "-q", "Q5_0", "--allow-requantize")
                assert (output / "ingot-manifest.json").is_file(), "no manifest"
                assert (output / "SHA256SUMS").is_file(), "no SHA256SUMS"
            if not (output / "ingot-manifest.json").is_file():
                continue
            raw = (output / "ingot-manifest.json").read_bytes()
            manifest = json.loads(raw)
            with report.check(f"{name}: sha256sum --check SHA256SUMS"):
                sha256sum(output, "SHA256SUMS")
                lines = (output / "SHA256SUMS").read_text().splitlines()
                listed = {line.split("  ", 1)[1].removeprefix("./") for line in lines}
                present = {str(f.relative_to(output)) for f in output.rglob("*") if f.is_file()}
                equal(listed, present - {"SHA256SUMS"}, "files listed")
            with report.check(f"{name}: the manifest follows its schema"):
                validate(manifest, schema)
            with report.check(f"{name}: verify_manifest.py, written from FORMAT.md, agrees"):
                equal(second_opinion(options, output), (0, ""), "status and output")
            with report.check(f"{name}: the manifest is canonical and names no path or time"):
                assert keys_sorted(manifest), "keys are not sorted"
                for text in strings(manifest):
                    assert str(folder) not in text and str(source) not in text, f"path: {text}"
                for key in ("time", "date", "created", "host"):
                    assert f'"{key}"'.encode() not in raw, f"key {key}"
            with report.check(f"{name}: hashlib finds the digests of all files, tensors, sources"):
                digests(manifest, output, source)
            with report.check(f"{name}: numpy finds the error of every tensor"):
                errors(manifest, output, source)
            with report.check(f"{name}: a flipped bit is found by verify, exit status 1"):
                file = weights_file(output)
                data = bytearray(file.read_bytes())
                data[-100] ^= 4
                file.chmod(0o644)
                file.write_bytes(data)
                result = ingot.run("verify", output, expect=1)
                assert file.name in result.stdout + result.stderr, f"file not named: {result}"
                equal(second_opinion(options, output)[0], 1, "status of verify_manifest.py")
        check_objective(report, options, name, source, schema)
        with report.check(f"{name}: one file comes with its manifest and sums beside it"), \
                scratch() as folder:
            ingot.run("convert", source, "--generic", "-o", folder / "one.gguf", "-q", "Q8_0",
                      "--allow-requantize")
            sha256sum(folder, "one.gguf.sha256")
            validate(json.loads((folder / "one.gguf.ingot-manifest.json").read_bytes()), schema)
            ingot.run("verify", folder / "one.gguf")


def check_objective(report, options, name, source, schema):
    """What `search` saved, by numpy from its file and from the one by `nearest`."""
    with report.check(f"{name}: numpy finds what search saved"), scratch() as folder:
        manifests = {}
        for method in ["nearest", "search"]:
            options.ingot.run("convert", source, "--generic", "-o", folder / method, "--to", "gguf",
                              "-q", "Q5_0",
                              "--method", method, "--allow-requantize")
            manifests[method] = json.loads((folder / method / "ingot-manifest.json").read_bytes())
            validate(manifests[method], schema)
        equal(second_opinion(options, folder / "search"), (0, ""), "status and output")
        before = tensors.read_source(source)
        plain = tensors.read(weights_file(folder / "nearest"))
        found = 0
        for file in manifests["search"]["files"]:
            for entry in file["tensors"]:
                if entry["method"] != "search":
                    continue
                old = tensors.values(before[entry["name"]]).astype(np.float64)
                lost = tensors.values(plain[entry["name"]]).astype(np.float64) - old
                nearest = float(np.sqrt((lost ** 2).sum() / (old ** 2).sum()))
                objective = entry["objective"]
                near(objective["nearest"], nearest, 1e-6, f"{entry['name']}: nearest")
                near(objective["relativeRMSE"], entry["error"]["relativeRMSE"], 1e-6, entry["name"])
                assert objective["relativeRMSE"] <= objective["nearest"], entry["name"]
                found += 1
        assert found, "no tensor was searched"


def second_opinion(options, target) -> tuple[int, str]:
    """What the checker beside the format's description says: exit status and problems."""
    script = options.formats / "Manifest" / "verify_manifest.py"
    result = subprocess.run([sys.executable, "-B", script, target], capture_output=True, text=True)
    return result.returncode, (result.stdout + result.stderr).strip()


LEAF_ELEMENTS = 1 << 18


def tensor_digest(entry, data: bytes) -> str:
    """The tree hash of Formats/Manifest, from its description alone."""
    block, block_bytes = block_size(entry["encoding"])
    leaf = LEAF_ELEMENTS // block * block_bytes
    head = f"ingot tensor 1\n{entry['encoding']}\n{','.join(map(str, entry['shape']))}\n"
    digest = hashlib.sha256(head.encode())
    for offset in range(0, len(data), leaf):
        digest.update(hashlib.sha256(data[offset:offset + leaf]).digest())
    return digest.hexdigest()


def block_size(encoding: str) -> tuple[int, int]:
    if encoding in tensors.SAFETENSORS_TYPES:
        return 1, tensors.SAFETENSORS_TYPES[encoding][1]
    return gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[encoding]]


def digests(manifest, folder, source):
    """Files and tensors of the output, and the source digest of every tensor."""
    before = tensors.read_source(source)
    count = 0
    for file in manifest["files"]:
        path = folder / file["path"]
        equal(path.stat().st_size, file["byteCount"], f"{file['path']}: bytes")
        equal(sha256(path), file["sha256"], f"{file['path']}: digest")
        content = path.read_bytes() if file["tensors"] else b""
        for entry in file["tensors"]:
            data = content[entry["offset"]:entry["offset"] + entry["byteCount"]]
            equal(tensor_digest(entry, data), entry["digest"], f"tensor {entry['name']}")
            old = before[entry["name"]]
            origin = {"encoding": old.type, "shape": old.shape}
            equal(entry["source"]["encoding"], old.type, f"{entry['name']}: source encoding")
            equal(tensor_digest(origin, old.data), entry["source"]["digest"],
                  f"source of {entry['name']}")
            count += 1
    equal(count, len(before), "tensors in the manifest")


def errors(manifest, folder, source):
    """The error of every tensor, computed again by numpy and the gguf package."""
    before, after = tensors.read_source(source), tensors.read(weights_file(folder))
    measured = 0
    for file in manifest["files"]:
        for entry in file["tensors"]:
            name, error = entry["name"], entry["error"]
            if entry["outcome"] != "requantized":
                equal((error["relativeRMSE"], error["maximum"], error["snrDecibel"]),
                      (0, 0, None), f"{name}: {entry['outcome']}")
                continue
            old = tensors.values(before[name]).astype(np.float64)
            difference = tensors.values(after[name]).astype(np.float64) - old
            relative = float(np.sqrt((difference ** 2).sum() / (old ** 2).sum()))
            near(error["relativeRMSE"], relative, 1e-6, f"{name}: relative RMSE")
            near(error["maximum"], float(np.abs(difference).max()), 1e-6, f"{name}: maximum")
            near(error["snrDecibel"], -20 * math.log10(relative), 1e-4, f"{name}: SNR")
            measured += 1
    assert measured, "no tensor was requantized"


def near(found, expected, tolerance, what):
    assert abs(found - expected) <= tolerance * abs(expected), (
        f"{what}: found {found}, expected {expected}")
