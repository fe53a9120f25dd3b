#!/usr/bin/env python3
"""Checks a conversion's output against its manifest, without Ingot.

    verify_manifest.py FOLDER                     an output folder
    verify_manifest.py NAME.ingot-manifest.json   the manifest of an output file

Written from FORMAT.md alone, with nothing but the standard library, so that it agrees with Ingot
only where the description does. Prints one line for each problem. Exit status: 0 without problems,
1 with, 2 for a wrong command line.
"""

import hashlib
import os
import stat
import sys

from canonical_json import Problem, written
from read_manifest import GEOMETRY, Manifest

FOLDER_NAME = "ingot-manifest.json"
LEAF_ELEMENTS = 1 << 18
CHUNK = 1 << 20
MAXIMUM_BYTES = 1 << 30


def pieces(file, offset, byte_count, size):
    """The bytes from `offset` on, `size` at a time; less than asked for if the file ends."""
    file.seek(offset)
    while byte_count > 0:
        piece = file.read(min(size, byte_count))
        if not piece:
            return
        byte_count -= len(piece)
        yield piece


def tensor_digest(file, tensor):
    """The tree of FORMAT.md, read where the manifest says that the tensor is."""
    block, block_bytes = GEOMETRY[tensor.encoding]
    shape = ",".join(map(str, tensor.shape))
    result = hashlib.sha256(f"ingot tensor 1\n{tensor.encoding}\n{shape}\n".encode())
    leaf_byte_count = LEAF_ELEMENTS // block * block_bytes
    for leaf in pieces(file, tensor.offset, tensor.byte_count, leaf_byte_count):
        result.update(hashlib.sha256(leaf).digest())
    return result.hexdigest()


def problems_of(folder, entry):
    for tensor in entry.tensors:
        for what in tensor.contradictions(entry.byte_count):
            yield f"{entry.path}: tensor {tensor.name}: {what}"
    end = 0
    for tensor in sorted(entry.tensors, key=lambda tensor: (tensor.offset, tensor.byte_count)):
        if tensor.byte_count and tensor.offset < end:
            yield f"{entry.path}: tensor {tensor.name}: overlaps the one before it"
        end = max(end, tensor.offset + tensor.byte_count)
    path = os.path.join(folder, entry.path)
    try:
        # A FIFO without a writer would block a plain open.
        if not stat.S_ISREG(os.stat(path).st_mode):
            yield f"{entry.path}: no regular file"
            return
        with open(path, "rb") as file:
            byte_count = os.fstat(file.fileno()).st_size
            if byte_count != entry.byte_count:
                yield f"{entry.path}: {byte_count} bytes, not {entry.byte_count}"
                return
            whole_file = hashlib.sha256()
            for piece in pieces(file, 0, byte_count, CHUNK):
                whole_file.update(piece)
            if whole_file.hexdigest() != entry.sha256:
                yield f"{entry.path}: SHA-256 is {whole_file.hexdigest()}, not {entry.sha256}"
            for tensor in entry.tensors:
                found = tensor_digest(file, tensor)
                if found != tensor.digest:
                    yield (f"{entry.path}: tensor {tensor.name}: digest is {found}, "
                           f"not {tensor.digest}")
    except (OSError, ValueError) as error:
        yield f"{entry.path}: cannot be read: {error}"


def extra_files(folder, known):
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), folder)
            if path not in known:
                yield f"{path}: not in the manifest"


def problems(target):
    is_folder = os.path.isdir(target)
    path = os.path.join(target, FOLDER_NAME) if is_folder else target
    folder, manifest_name = os.path.split(path)
    sums_name = "SHA256SUMS" if is_folder or manifest_name == FOLDER_NAME else (
        manifest_name.removesuffix("." + FOLDER_NAME) + ".sha256")
    with open(path, "rb") as file:
        raw = file.read(MAXIMUM_BYTES + 1)
    if len(raw) > MAXIMUM_BYTES:
        raise Problem(f"more than {MAXIMUM_BYTES} bytes")
    manifest = Manifest(raw)
    if (written(manifest.value) + "\n").encode() != raw:
        yield f"{manifest_name}: not in canonical form"
    recipe_digest = hashlib.sha256(written(manifest.recipe, pretty=False).encode()).hexdigest()
    if recipe_digest != manifest.recipe_digest:
        yield f"{manifest_name}: the recipe's digest is {recipe_digest}"
    if manifest.source_digest_of_tensors() != manifest.source_digest:
        yield f"{manifest_name}: the source's digest is {manifest.source_digest_of_tensors()}"
    yield from manifest.contradictions()
    for entry in manifest.files:
        yield from problems_of(folder, entry)
    sums = {file.path: file.sha256 for file in manifest.files}
    sums[manifest_name] = hashlib.sha256(raw).hexdigest()
    expected = "".join(
        f"{sums[name]}  {name}\n" for name in sorted(sums, key=lambda name: name.encode()))
    try:
        with open(os.path.join(folder, sums_name), "rb") as file:
            if file.read() != expected.encode():
                yield f"{sums_name}: not what the manifest says"
    except OSError as error:
        yield f"{sums_name}: cannot be read: {error}"
    if manifest_name == FOLDER_NAME:
        yield from extra_files(folder or ".", set(sums) | {sums_name})


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found = False
    try:
        for problem in problems(arguments[0]):
            found = True
            # A name from a manifest must not break the line or move the cursor.
            print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in problem))
    except (Problem, OSError, RecursionError, UnicodeError) as error:
        # Values nested too deep, or half a surrogate pair: nothing that Ingot writes.
        print(f"the manifest cannot be read: {error}")
        found = True
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
