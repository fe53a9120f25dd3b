#!/usr/bin/env python3
"""Every relative link of every Markdown file names something that exists.

Also every `#anchor` a heading, and every `make TARGET` or `scripts/NAME` in backticks.
Prints one line for each broken link and exits 1 if there is any.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SCRIPT = re.compile(r"\b(?:scripts|Benchmarks|Fuzz)/[A-Za-z0-9_.-]*[A-Za-z0-9_-]")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*[a-z])`")


def anchor(heading: str) -> str:
    """The anchor that Git forges make of a heading."""
    text = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


def anchors(path: pathlib.Path) -> set[str]:
    return {anchor(h) for h in HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))}


def broken(path: pathlib.Path, targets: set[str]) -> list[str]:
    text = path.read_text(encoding="utf-8")
    found = []
    for link in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, fragment = link.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            found.append(f"{link}: no such file")
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            found.append(f"{link}: no such heading")
    for name in SCRIPT.findall(text):
        if not (ROOT / name).exists():
            found.append(f"{name}: no such script")
    for name in TARGET.findall(text):
        if name not in targets:
            found.append(f"make {name}: no such target")
    return found


def main() -> int:
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    findings = [f"{name}: {what}" for name in sorted(set(names))
                if name and (ROOT / name).is_file() for what in broken(ROOT / name, targets)]
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
