#!/usr/bin/env python3
"""House rules that a formatter does not know.

Without arguments: imports of each room against ROOMS, file lengths, forbidden names and words.
With --manifest: the dependencies in Package.swift against ROOMS.
Prints one line for each finding and exits 1 if there is any.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Target: (folder, what it may import besides SYSTEM). docs/architecture.md gives the reasons.
ROOMS = {
    "Tensors": ("Sources/Tensors", set()),
    "CDigestKernels": ("Sources/DigestKernels/C", set()),
    "DigestKernels": (
        "Sources/DigestKernels/TwoLanes", {"CDigestKernels", "_Builtin_intrinsics"}),
    "Digests": ("Sources/Digests", {"Tensors", "Crypto", "CDigestKernels", "DigestKernels"}),
    "CEncodingKernels": ("Sources/EncodingKernels/C", set()),
    "EncodingKernelsBaseline": (
        "Sources/EncodingKernels/Baseline", {"CEncodingKernels", "_Builtin_intrinsics"}),
    "EncodingKernelsV3": (
        "Sources/EncodingKernels/V3", {"CEncodingKernels", "_Builtin_intrinsics"}),
    "Encodings": (
        "Sources/Encodings",
        {"CEncodingKernels", "EncodingKernelsBaseline", "EncodingKernelsV3"}),
    "Methods": ("Sources/Methods", {"Encodings"}),
    "Dialects": ("Sources/Dialects", {"Tensors", "Encodings", "Yams"}),
    "Recipes": ("Sources/Recipes", {"Tensors", "Encodings", "Methods", "Yams"}),
    "Transformers": ("Sources/Transformers", {"Tensors", "Encodings"}),
    "CLinux": ("Sources/CLinux", set()),
    "Conversion": (
        "Sources/Conversion",
        {"CLinux", "Tensors", "Digests", "Encodings", "Methods", "Dialects", "Recipes"}),
    "CIngotPlugin": ("Sources/CIngotPlugin", set()),
    "PluginKit": ("Sources/PluginKit", {"Tensors", "CIngotPlugin"}),
    "PluginTesting": ("Sources/PluginTesting", {"Tensors", "PluginKit", "CIngotPlugin"}),
    "SafetensorsPlugin": ("Plugins/Safetensors", {"PluginKit", "Tensors", "CIngotPlugin"}),
    "GGUFPlugin": ("Plugins/GGUF", {"PluginKit", "Tensors", "CIngotPlugin"}),
    "Registry": ("Registry", {"Tensors", "Digests"}),
    "ingot-isolate": ("Sources/ingot-isolate", {"Tensors", "PluginKit", "CIngotPlugin"}),
    "ingot": (
        "Sources/ingot",
        {"CLinux", "Tensors", "Digests", "Encodings", "Methods", "Dialects", "Recipes",
         "Conversion", "PluginKit", "Registry", "ArgumentParser"}),
}
SYSTEM = {"Glibc", "Musl", "Darwin", "Synchronization", "Dispatch"}

FORBIDDEN_NAMES = {
    "core", "common", "utils", "util", "utilities", "helpers", "helper", "shared", "misc"}
# Spelled apart so that this file does not find itself.
FORBIDDEN_WORDS = [
    (re.compile(r"\btry!"), "try!"),
    (re.compile(r"\bas!"), "as!"),
    (re.compile(r"\bfatalError\("), "fatalError"),
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b"), "an open end"),
    (re.compile(r'"/(work|root)/'), "a path of one machine"),
]
# A test may fall back to it, the program must not.
TEMPORARY = re.compile(r'"/tmp\b')
MAXIMUM_LINES = 300

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public\s+|internal\s+|package\s+|private\s+|fileprivate\s+)?"
    r"import\s+(?:struct\s+|class\s+|enum\s+|protocol\s+|func\s+|var\s+|let\s+|typealias\s+)?"
    r"([A-Za-z_]\w*)",
    re.MULTILINE)


def tracked() -> list[pathlib.Path]:
    """Files that are committed or would be, without those that a merge has removed."""
    output = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return sorted({pathlib.Path(name) for name in output.split("\0") if name
                   and (ROOT / name).is_file()})


def room_of(path: pathlib.Path) -> str | None:
    for room, (folder, _) in ROOMS.items():
        if path.is_relative_to(folder):
            return room
    return None


def is_table(path: pathlib.Path) -> bool:
    """Lists of cases: they are read by the line, and no line depends on another."""
    return path.name.startswith("make_") or bool({"Goldens", "Fixtures"} & set(path.parts))


def without_comments(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"(?m)^\s*//.*$", "", text)


def sources() -> list[str]:
    findings = []
    for path in tracked():
        parts = [part.lower() for part in path.parts[:-1]] + [path.name.split(".")[0].lower()]
        for part in parts:
            if part in FORBIDDEN_NAMES:
                findings.append(f"{path}: {part!r} says nothing; name it after what it holds")
        if path.suffix not in {".swift", ".c", ".h", ".py"}:
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MAXIMUM_LINES and not is_table(path):
            findings.append(f"{path}: {lines} lines, split at {MAXIMUM_LINES}")
        if path.suffix != ".swift":
            continue
        code = without_comments(text)
        for pattern, name in FORBIDDEN_WORDS:
            for match in pattern.finditer(text if "open" in name else code):
                findings.append(f"{path}: {name}: {match.group(0)}")
        room = room_of(path)
        if room is None:
            continue
        for match in TEMPORARY.finditer(code):
            findings.append(f"{path}: a fixed place for temporary files: {match.group(0)}")
        imports = set(IMPORT.findall(code))
        for name in sorted(imports - SYSTEM - ROOMS[room][1]):
            findings.append(f"{path}: room {room} may not import {name}")
        if re.search(rf"(?m)^(?:public )?(?:final )?(?:struct|class|enum|actor|protocol) "
                     rf"{re.escape(room)}\b", code):
            findings.append(f"{path}: a type named like its module hides the module")
    return findings


def manifest() -> list[str]:
    dump = subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, capture_output=True, text=True)
    if dump.returncode != 0:
        return [f"Package.swift does not load: {dump.stderr.strip()}"]
    findings = []
    for target in json.loads(dump.stdout)["targets"]:
        if target["type"] == "test":
            continue
        name = target["name"]
        if name not in ROOMS:
            findings.append(f"Package.swift: target {name} has no line in {sys.argv[0]}")
            continue
        for dependency in target["dependencies"]:
            needed = next(iter(dependency.values()))[0]
            if needed not in ROOMS[name][1]:
                findings.append(f"Package.swift: {name} may not depend on {needed}")
    return findings


def main() -> int:
    findings = manifest() if "--manifest" in sys.argv[1:] else sources()
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
