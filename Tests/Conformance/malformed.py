"""Part `malformed`: every fixture of Formats/*/Fixtures gives the status that its name says."""

import re

from checks import equal, scratch

# A generous bound: the point is that nothing hangs or grows with what a file claims.
SECONDS = 10


STATUS = {"malformed": 3, "corrupted": 3, "refused": 4, "unsupported": 4, "limitExceeded": 4}


def expectation(path) -> tuple[int, str]:
    """`NN-slug.code.reason.extension`: the exit status of the code, and the reason token."""
    parts = path.name.split(".")
    assert len(parts) == 4 and parts[1] in STATUS, f"{path.name}: code and reason are not named"
    return STATUS[parts[1]], parts[2]


def found(result) -> tuple[int, str]:
    """The exit status, and the reason in brackets at the end of the message."""
    match = re.search(r"\[([a-z][a-z0-9-]*)\]$", result.stderr, re.MULTILINE)
    return result.status, match.group(1) if match else "none"


def check(result, path):
    """A file that no plugin recognises never reaches the reader whose rule it breaks."""
    wanted, got = expectation(path), found(result)
    if got[1] == "unknown-format":
        wanted = (STATUS["malformed"], "unknown-format")
    equal(got, wanted, f"status and reason: {result}")


def run(report, options):
    ingot = options.ingot
    valid = sorted(options.formats.glob("*/Fixtures/valid/*"))
    invalid = sorted(options.formats.glob("*/Fixtures/invalid/*"))
    if not invalid:
        report.skip("malformed fixtures", f"none below {options.formats}")

    for path in valid:
        with report.check(f"valid: {path.parent.parent.parent.name}/{path.name}"):
            ingot.run("inspect", path, "--format", "json", timeout=SECONDS)

    for path in invalid:
        name = f"{path.parent.parent.parent.name}/{path.name}"
        with report.check(f"malformed: {name}"), scratch() as folder:
            before = path.read_bytes()
            result = ingot.run("inspect", path, expect=None, timeout=SECONDS)
            check(result, path)
            result = ingot.run("convert", path, "-o", folder / "out", "--recipe", "copy",
                               expect=None, timeout=SECONDS)
            check(result, path)
            equal([f.name for f in folder.iterdir()], [], "left behind")
            equal(path.read_bytes(), before, "the input")
