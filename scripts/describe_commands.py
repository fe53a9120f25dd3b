#!/usr/bin/env python3
"""Prints docs/cli.md: the --help of every command, found by following SUBCOMMANDS sections."""

import os
import re
import subprocess
import sys


def help_of(program: str, command: list[str]) -> str:
    result = subprocess.run(
        [program, *command, "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=os.environ | {"COLUMNS": "96", "NO_COLOR": "1"})
    if result.returncode != 0:
        sys.exit(f"{' '.join([program, *command])} --help: exit status {result.returncode}")
    return result.stdout.strip() + "\n"


def subcommands(text: str) -> list[str]:
    section = re.search(r"^SUBCOMMANDS:\n((?:[ ].*\n|\n)+)", text, re.MULTILINE)
    if not section:
        return []
    names = re.findall(r"^  (\S+)", section.group(1), re.MULTILINE)
    return [name for name in names if name not in ("See", "help")]


def describe(program: str, command: list[str], out: list[str]):
    text = help_of(program, command)
    out.append(f"## {' '.join(['ingot', *command])}\n\n```text\n{text}```\n")
    for name in subcommands(text):
        describe(program, [*command, name], out)


def main():
    out = ["# Command line\n", "Printed by `make docs` from `--help` of every command.\n"]
    describe(sys.argv[1], [], out)
    print("\n".join(out), end="")


if __name__ == "__main__":
    main()
