"""Checks with huggingface_hub, offline, that a published repo is what was published.

Usage: registry_hub.py REGISTRY ORG/NAME SOURCE_FOLDER [REVISION_OR_TAG ...]

REGISTRY is the folder given to `ingot publish --registry`, SOURCE_FOLDER the folder that was
published; without revisions, `main` is checked. Each check prints a line; the exit status is 0 if
all pass and 1 otherwise. Nothing in the registry may change meanwhile, and that is checked too.
"""

import filecmp
import hashlib
import os
import subprocess
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# An endpoint nobody answers at, should a client ignore the switch above.
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"

from huggingface_hub import (  # noqa: E402
    hf_hub_download,
    scan_cache_dir,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub._tree_cache import read_tree_cache  # noqa: E402

TOOLING = {".git", ".cache"}
failures = 0


def check(passed, what):
    global failures
    failures += not passed
    print(("ok    " if passed else "FAIL  ") + what)


def attempt(what, action):
    """The result of `action`, or None and a failed check."""
    try:
        return action()
    except Exception as error:
        check(False, f"{what}: {type(error).__name__}: {error}")
        return None


def files_below(folder):
    """Relative paths of all files, links to files included, that a repo can hold."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not TOOLING & set(relative.parts):
            found.append(relative.as_posix())
    return found


def state(registry):
    """What is in the registry, down to sizes, times and links."""
    found = {}
    for path in sorted(Path(registry).rglob("*")):
        status = path.lstat()
        link = os.readlink(path) if path.is_symlink() else None
        found[str(path)] = (status.st_size, status.st_mtime_ns, status.st_mode, link)
    return found


def git_blob_id(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def check_blob_names(repo_folder):
    """Every blob is named by its own content."""
    blobs = sorted((repo_folder / "blobs").iterdir())
    for blob in blobs:
        data = blob.read_bytes()
        name = hashlib.sha256(data).hexdigest() if len(blob.name) == 64 else git_blob_id(data)
        if name != blob.name:
            check(False, f"blob {blob.name} hashes to {name}")
            return
    check(True, f"the names of {len(blobs)} blobs are what they hash to")


def check_tree(repo_folder, commit, names, source):
    """The listing is complete, and huggingface_hub reads it."""
    tree = read_tree_cache(str(repo_folder), commit)
    check(tree is not None, f"trees/{commit}.json is read by huggingface_hub")
    if tree is None:
        return
    check(sorted(tree) == sorted(names), f"the listing has exactly the {len(names)} files")
    wrong = []
    for name, entry in tree.items():
        data = (Path(source) / name).read_bytes() if name in names else b""
        stored = data
        if entry.lfs_sha256 is not None:
            stored = (
                "version https://git-lfs.github.com/spec/v1\n"
                f"oid sha256:{hashlib.sha256(data).hexdigest()}\nsize {len(data)}\n"
            ).encode()
        if entry.size != len(data) or entry.blob_id != git_blob_id(stored):
            wrong.append(name)
    check(not wrong, f"sizes and git ids in the listing are right {wrong or ''}")


def check_revision(registry, repo, source, names, revision):
    downloaded = 0
    for name in names:
        path = attempt(
            f"hf_hub_download({revision}, {name})",
            lambda name=name: hf_hub_download(
                repo, name, revision=revision, cache_dir=registry, local_files_only=True
            ),
        )
        if path is None:
            continue
        same = filecmp.cmp(path, Path(source) / name, shallow=False)
        cached = try_to_load_from_cache(repo, name, cache_dir=registry, revision=revision)
        if same and cached is not None and os.path.samefile(cached, path):
            downloaded += 1
        else:
            check(False, f"{revision}: {name} has other bytes, or the cache does not know it")
    check(
        downloaded == len(names),
        f"{revision}: hf_hub_download finds {downloaded} of {len(names)} files, bytes equal",
    )
    folder = attempt(
        f"snapshot_download({revision})",
        lambda: snapshot_download(
            repo, revision=revision, cache_dir=registry, local_files_only=True
        ),
    )
    if folder is not None:
        check(
            files_below(folder) == names,
            f"{revision}: snapshot_download gives exactly the {len(names)} files",
        )
        return Path(folder).name
    return None


def check_scan(registry, repo, revisions):
    report = scan_cache_dir(registry)
    check(not report.warnings, f"scan_cache_dir has no warnings {report.warnings or ''}")
    found = [entry for entry in report.repos if entry.repo_id == repo]
    check(len(found) == 1, "scan_cache_dir lists the repo")
    if len(found) == 1:
        names = set(found[0].refs)
        check(set(revisions) <= names, f"scan_cache_dir knows the refs {sorted(revisions)}")
        detached = [r.commit_hash for r in found[0].revisions if not r.refs]
        check(not detached, f"every commit has a ref {detached or ''}")


def check_prune(registry):
    hf = Path(sys.executable).with_name("hf")
    command = [str(hf), "cache", "prune", "--dry-run", "--cache-dir", registry]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    check(
        run.returncode == 0 and "Nothing to prune" in run.stdout + run.stderr,
        "hf cache prune --dry-run finds nothing to delete",
    )


def main():
    if len(sys.argv) < 4:
        print(__doc__)
        return 2
    registry, repo, source = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    revisions = sys.argv[4:] or ["main"]
    repo_folder = Path(registry) / ("models--" + repo.replace("/", "--"))
    before = state(registry)
    names = files_below(source)
    check(bool(names), f"{len(names)} files were published from {source}")

    commits = {check_revision(registry, repo, source, names, name) for name in revisions}
    check(len(commits) == 1, f"all revisions stand for one commit {sorted(map(str, commits))}")
    commit = commits.pop()
    if commit is not None:
        check_revision(registry, repo, source, names, commit)
        check_tree(repo_folder, commit, names, source)
    check_blob_names(repo_folder)
    check_scan(registry, repo, revisions)
    check_prune(registry)
    check(state(registry) == before, "the clients changed nothing in the registry")
    print(f"{failures} checks failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
