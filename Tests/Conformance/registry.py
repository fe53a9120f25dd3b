"""Part `registry`: huggingface_hub finds, reads and keeps what Ingot published, offline."""

import os
import pathlib
import subprocess
import sys

from checks import Skip, equal, scratch, weights_file

HUB_CHECK = pathlib.Path(__file__).with_name("registry_hub.py")


def hub(registry, repo, revisions, folder):
    """What huggingface_hub says of one published folder; see registry_hub.py."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(registry),
                                "HF_HUB_DISABLE_TELEMETRY": "1"}
    result = subprocess.run(
        [sys.executable, HUB_CHECK, registry, repo, folder, *revisions],
        capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
    equal(result.returncode, 0, f"registry_hub.py: {result.stdout[-1500:]} {result.stderr[-1500:]}")


def run(report, options):
    ingot = options.ingot
    if not HUB_CHECK.is_file():
        report.skip("huggingface_hub", f"{HUB_CHECK.name} is missing")
        return
    try:
        import huggingface_hub  # noqa: F401
    except ImportError:
        report.skip("huggingface_hub", "it is not installed")
        return

    for name, source in options.models():
        with scratch() as folder:
            registry, repo = folder / "registry", f"conformance/{name}"
            with report.check(f"{name}: publish, tag, verify, list"):
                # A folder source brings its companions along, nested folders included.
                ingot.run("convert", options.folder_of(source), "-o", folder / "q8",
                          "--to", "gguf", "-q", "Q8_0", "--allow-requantize")
                ingot.run("publish", folder / "q8", repo, "--tag", "v1", "--registry", registry)
                ingot.run("registry", "verify", "--registry", registry)
                listed = ingot.run("registry", "list", "--registry", registry)
                assert repo in listed.stdout, f"not listed: {listed.stdout}"
            if not registry.exists():
                continue
            with report.check(f"{name}: huggingface_hub finds it offline, scans without a warning, "
                              "and would prune nothing"):
                hub(registry, repo, ["main", "v1"], folder / "q8")
            with report.check(f"{name}: publishing the same folder again changes nothing"):
                before = state(registry)
                ingot.run("publish", folder / "q8", repo, "--registry", registry)
                equal(state(registry), before, "files, links and refs")
            with report.check(f"{name}: a second commit; the first stays reachable by its tag"):
                ingot.run("convert", options.folder_of(source), "-o", folder / "q4",
                          "--to", "gguf", "-q", "Q4_0", "--allow-requantize")
                ingot.run("publish", folder / "q4", repo, "--tag", "v2", "--registry", registry)
                ingot.run("registry", "verify", "--registry", registry)
                hub(registry, repo, ["main", "v2"], folder / "q4")
                hub(registry, repo, ["v1"], folder / "q8")
            with report.check(f"{name}: a damaged blob is named, exit status 1"):
                blob = max((registry / f"models--conformance--{name}" / "blobs").iterdir(),
                           key=lambda f: f.stat().st_size)
                blob.chmod(0o644)
                with open(blob, "r+b") as file:
                    file.seek(-1, os.SEEK_END)
                    last = file.read(1)[0]
                    file.seek(-1, os.SEEK_END)
                    file.write(bytes([last ^ 1]))
                result = ingot.run("registry", "verify", "--registry", registry, expect=1)
                assert blob.name in result.stdout + result.stderr, f"blob not named: {result}"
            with report.check(f"{name}: publishing the content again repairs it"):
                which = "q8" if weights_file(folder / "q8").stat().st_size == \
                    blob.stat().st_size else "q4"
                # The damaged blob may be a hard link to the output, so the output is made anew.
                ingot.run("convert", options.folder_of(source), "-o", folder / which, "--force",
                          "--to", "gguf", "-q", which.upper() + "_0", "--allow-requantize")
                ingot.run("publish", folder / which, repo, "--revision", "repaired",
                          "--registry", registry)
                ingot.run("registry", "verify", "--registry", registry)


def state(registry) -> dict[str, str]:
    """Every file by content length and inode, every link by target."""
    result = {}
    for path in sorted(registry.rglob("*")):
        key = str(path.relative_to(registry))
        if path.is_symlink():
            result[key] = os.readlink(path)
        elif path.is_file():
            result[key] = f"{path.stat().st_size} {path.stat().st_ino}"
    return result
