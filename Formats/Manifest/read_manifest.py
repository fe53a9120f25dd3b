"""A manifest as FORMAT.md describes it: a strict reader.

Written from that description alone, with nothing but the standard library.
"""

import hashlib
import math
import re

from canonical_json import Number, Problem, parse, written
from geometry import GEOMETRY

MAXIMUM = (1 << 63) - 1


def check(holds, problem):
    if not holds:
        raise Problem(problem)


def fields(value, place, *names, optional=()):
    """The members of an object that has these and no others, but perhaps the optional ones."""
    check(isinstance(value, dict), f"{place} is no object")
    missing, unknown = set(names) - set(value), set(value) - set(names) - set(optional)
    check(not missing, f"{place} lacks {sorted(missing)}")
    check(not unknown, f"{place} has unknown members {sorted(unknown)}")
    return [value[name] for name in names]


def text(value, place):
    check(isinstance(value, str) and not isinstance(value, Number), f"{place} is no string")
    return value


def whole(value, place):
    check(isinstance(value, Number) and re.fullmatch("0|[1-9][0-9]{0,18}", value)
          and int(value) <= MAXIMUM, f"{place} is no whole number of at least 0")
    return int(value)


def real(value, place):
    check(isinstance(value, Number) and math.isfinite(float(value)), f"{place} is no number")
    check(repr(float(value)) == value, f"{place} is not spelled canonically: {value}")
    return float(value)


def digest(value, place):
    check(re.fullmatch("[0-9a-f]{64}", text(value, place)), f"{place} is no SHA-256")
    return value


def encoding(value, place):
    check(text(value, place) in GEOMETRY, f"{place} is no known encoding")
    return value


def elements(value, place):
    check(isinstance(value, list), f"{place} is no list")
    return value


def unique(values, place):
    check(len(set(values)) == len(values), f"{place}: a name appears twice")


def factors_name(name):
    """The tensor with the factors of the NVFP4 tensor `name`."""
    return name.removesuffix(".weight") + ".scale"


def outcome_of(source, target):
    """What becomes of numbers by the two encodings alone."""
    small = ("F8_E4M3", "F8_E5M2")
    holds = {
        "F64": source not in ("I64", "U64", "C64"),
        "F32": source in ("F16", "BF16", *small) or GEOMETRY[source][0] > 1,
        "F16": source in small,
        "BF16": source in small,
    }
    if source == target:
        return "exact"
    return "repacked" if holds.get(target) else "requantized"


class Tensor:
    def __init__(self, value, place):
        (name, kind, shape, offset, count, own, source, outcome, method, wanted, error) = fields(
            value, place, "name", "encoding", "shape", "offset", "byteCount", "digest", "source",
            "outcome", "method", "fellBackFrom", "error", optional=["objective"])
        self.name = text(name, place + " name")
        place = f"{place} {self.name!r}"
        self.encoding = encoding(kind, place + " encoding")
        self.shape = [whole(n, place + " shape") for n in elements(shape, place + " shape")]
        self.offset = whole(offset, place + " offset")
        self.byte_count = whole(count, place + " byteCount")
        self.digest = digest(own, place + " digest")
        source_encoding, source_digest, factors = fields(
            source, place + " source", "encoding", "digest", "factors")
        self.source_encoding = encoding(source_encoding, place + " source encoding")
        self.source_digest = digest(source_digest, place + " source digest")
        self.source_factors = None if factors is None else digest(factors, place + " factors")
        self.outcome = text(outcome, place + " outcome")
        check(self.outcome in ("exact", "repacked", "requantized", "derived"),
              f"{place}: unknown outcome")
        self.method = None if method is None else text(method, place + " method")
        if wanted is not None:
            encoding(wanted, place + " fellBackFrom")
        relative, maximum, decibel = fields(
            error, place + " error", "relativeRMSE", "maximum", "snrDecibel")
        self.error = (real(relative, place + " relativeRMSE"), real(maximum, place + " maximum"))
        self.decibel = None if decibel is None else real(decibel, place + " snrDecibel")
        self.objective = read_objective(value, place) if "objective" in value else None

    def contradictions(self, file_byte_count):
        """What the entry says that cannot all be true."""
        block, block_bytes = GEOMETRY[self.encoding]
        if self.offset + self.byte_count > file_byte_count:
            yield f"ends at byte {self.offset + self.byte_count} of {file_byte_count}"
        count = math.prod(self.shape)
        # A ggml block lies within one row; those of F4 and F6 only within the tensor.
        unit = self.shape[-1] if self.shape and block >= 32 else count
        if unit % block or count // block * block_bytes != self.byte_count:
            yield f"{self.byte_count} bytes are not {self.encoding} {self.shape}"
        if self.source_factors is not None and self.source_encoding != "NVFP4":
            yield f"{self.source_encoding} has no factors"
        if self.outcome != "derived" and (
                self.outcome != outcome_of(self.source_encoding, self.encoding)):
            yield f"{self.outcome} does not take {self.source_encoding} to {self.encoding}"
        if self.outcome == "exact" and self.digest != self.source_digest:
            yield "exact, yet the source has another digest"
        if (self.outcome == "requantized") != (self.method is not None):
            yield f"{self.outcome} with the method {self.method}"
        if self.outcome != "requantized" and (self.error, self.decibel) != ((0, 0), None):
            yield f"{self.outcome} with an error"
        if self.objective is not None:
            weighted, relative, nearest = self.objective
            if (self.method is None or (self.method == "nearest") != (nearest is None)
                    or not weighted and nearest is None or min(relative, nearest or 0) < 0):
                yield f"{self.outcome} by {self.method} with an objective that cannot be"
        if min(self.error) < 0 or (self.error[0] == 0 and self.decibel is not None):
            yield "an error that cannot be"


def read_objective(entry, place):
    """Whether weights counted, the error, and that of `nearest` or None."""
    weighted, own, nearest = fields(entry["objective"], place, "weighted", "relativeRMSE", "nearest")
    check(isinstance(weighted, bool), f"{place}: weighted is no boolean")
    return weighted, real(own, place), None if nearest is None else real(nearest, place)


class File:
    def __init__(self, value, place):
        path, count, sha256, tensors = fields(
            value, place, "path", "byteCount", "sha256", "tensors")
        self.path = text(path, place + " path")
        parts = self.path.split("/")
        check(not any(part in ("", ".", "..") for part in parts)
              and not set(self.path) & {"\0", "\\"}, f"{self.path!r} is no plain relative path")
        self.byte_count = whole(count, self.path + " byteCount")
        self.sha256 = digest(sha256, self.path + " sha256")
        self.tensors = [Tensor(tensor, f"{self.path}: tensor")
                        for tensor in elements(tensors, self.path + " tensors")]
        unique([tensor.name for tensor in self.tensors], self.path)


def read_importance(value):
    name, sha256, entries, chunks, *lists = fields(
        value, "importance", "name", "sha256", "entries", "chunks", "datasets", "include",
        "exclude")
    text(name, "importance name"), digest(sha256, "importance sha256")
    whole(entries, "importance entries")
    if chunks is not None:
        whole(chunks, "importance chunks")
    for values in lists:
        for value in elements(values, "a list of importance"):
            text(value, "an element of a list of importance")


def read_edits(values):
    kind = r"(u?int(8|16|32|64)|float(32|64)|bool|string)"
    changes = [fields(edit, "a change of metadata", "key", "value")
               for edit in elements(values, "metadataEdits")]
    for key, value in changes:
        check(value is None or re.match(rf"({kind}|\[{kind}\]):", text(value, "a value")),
              f"the value of {text(key, 'a key')!r} is no TYPE:VALUE")
    unique([key for key, _ in changes], "metadataEdits")


class Manifest:
    """Everything a manifest says; `Problem` if it cannot be read."""

    def __init__(self, raw):
        self.value = parse(raw)
        check(isinstance(self.value, dict), "the manifest is no object")
        check((self.value.get("format"), self.value.get("formatVersion"))
              == ("ingot-manifest", "1"), "only ingot-manifest version 1 is known")
        (_, _, program, container, plugins, recipe, importance, edits, nonfinite, source,
         files) = fields(
            self.value, "the manifest", "format", "formatVersion", "program", "container",
            "plugins", "recipe", "importance", "metadataEdits", "nonfinite", "source", "files")
        read_edits(edits)
        for member in fields(program, "program", "name", "version"):
            text(member, "program")
        text(container, "container")
        for plugin in elements(plugins, "plugins"):
            name, version, sha256 = fields(plugin, "a plugin", "id", "version", "sha256")
            text(name, "a plugin's id"), text(version, "a plugin's version")
            if sha256 is not None:
                digest(sha256, "a plugin's sha256")
        name, recipe_digest, self.recipe = fields(recipe, "recipe", "name", "sha256", "resolved")
        text(name, "recipe name")
        self.recipe_digest = digest(recipe_digest, "recipe sha256")
        if importance is not None:
            read_importance(importance)
        check(text(nonfinite, "nonfinite") in ("refuse", "zero", "clamp"), "unknown nonfinite")
        container, source_digest, translation = fields(
            source, "source", "container", "digest", "translation")
        if translation is not None:
            dialect, architecture = fields(
                translation, "translation", "dialect", "architecture")
            check(text(dialect, "dialect") in ("hugging-face", "llama.cpp"),
                  f"the dialect {dialect} is not known")
            text(architecture, "architecture")
        text(container, "source container")
        self.source_digest = digest(source_digest, "source digest")
        self.files = [File(file, "a file") for file in elements(files, "files")]
        unique([file.path for file in self.files], "files")

    def source_digest_of_tensors(self):
        """What `source.digest` has to be."""
        sources = {}
        for tensor in (tensor for file in self.files for tensor in file.tensors):
            if tensor.outcome != "derived":
                sources[tensor.name] = tensor.source_digest
            if tensor.source_factors is not None:
                sources[factors_name(tensor.name)] = tensor.source_factors
        result = hashlib.sha256()
        for name in sorted(sources, key=lambda name: name.encode()):
            result.update(f"{name}\0{sources[name]}\n".encode())
        return result.hexdigest()

    def contradictions(self):
        """Derived tensors that are not the factors of another."""
        tensors = [tensor for file in self.files for tensor in file.tensors]
        owners = {factors_name(tensor.name): tensor for tensor in tensors
                  if (tensor.encoding, tensor.outcome) == ("NVFP4", "requantized")}
        for tensor in tensors:
            if tensor.outcome != "derived":
                continue
            owner = owners.get(tensor.name)
            if owner is None:
                yield f"{tensor.name}: derived, and no NVFP4 tensor has such factors"
                continue
            count = owner.shape[0] if len(owner.shape) == 3 else 1
            if (tensor.encoding, tensor.shape) != ("F32", [count]):
                yield f"{tensor.name}: {tensor.encoding} {tensor.shape} holds no factors"
            if (tensor.source_encoding, tensor.source_digest) != (
                    owner.source_encoding, owner.source_digest):
                yield f"{tensor.name}: derived from other numbers than those of {owner.name}"
