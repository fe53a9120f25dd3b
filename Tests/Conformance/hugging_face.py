"""Part `hugging_face`: checkpoints of many architectures to llama.cpp and back.

Each architecture of `tiny_checkpoints` becomes a GGUF that is compared with what
`convert_hf_to_gguf.py` makes, runs in llama.cpp with the outputs that `transformers` gives, and goes
back to a folder with the same tensors.
"""

import json
import pathlib
import subprocess

import numpy as np

from checks import equal, scratch
import llama
import tensors
import tiny_checkpoints

IDS = [5, 17, 261, 300, 9, 44, 120, 77, 301, 6, 250, 33, 90, 12, 180, 215]
ENCODERS = {"bert", "roberta", "xlm-roberta", "t5-encoder"}
TOLERANCE = 1e-3

# Keys in which the two files differ, and why.
DIFFERENT_KEYS = {
    "general.name": "the script takes it from the folder's name, which Ingot does not look at",
    "general.basename": "as general.name",
    "general.finetune": "as general.name",
    "general.version": "as general.name",
    "general.size_label": "the script reads it from the folder's name first",
}


class Worker:
    """The process that has torch; see transformers_worker.py."""

    def __init__(self, python: str):
        script = pathlib.Path(__file__).with_name("transformers_worker.py")
        self.process = subprocess.Popen(
            [python, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, encoding="utf-8")

    def ask(self, **request) -> dict:
        self.process.stdin.write(json.dumps(request, default=str) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the process with torch ended"
        reply = json.loads(line)
        assert "error" not in reply, f"{request['do']}: {reply['error']}"
        return reply

    def outputs(self, folder, ids, scratch_folder) -> np.ndarray:
        path = pathlib.Path(scratch_folder) / "outputs.f32"
        shape = self.ask(do="outputs", folder=folder, ids=ids, to=path)["shape"]
        return np.fromfile(path, dtype="<f4").reshape(shape)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


def llama_outputs(options, what, model, ids) -> np.ndarray:
    program = pathlib.Path(options.llama) / "llama-outputs"
    result = subprocess.run(
        [program, what, model, *map(str, ids)], capture_output=True, stdin=subprocess.DEVNULL,
        timeout=600)
    equal(result.returncode, 0, f"llama.cpp: {result.stderr.decode(errors='replace')[-800:]}")
    return np.frombuffer(result.stdout, dtype="<f4").reshape(len(ids), -1)


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    equal(found.shape, expected.shape, "shape of the outputs")
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def peer(options, folder, output, out_type):
    """What convert_hf_to_gguf.py makes of `folder`."""
    script = pathlib.Path(__file__).with_name("convert_hf.py")
    result = subprocess.run(
        [options.transformers, str(script), str(options.llama_sources), "gpt-2", str(folder),
         "--outfile", str(output), "--outtype", out_type],
        capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=600)
    equal(result.returncode, 0, f"convert_hf_to_gguf.py: {result.stderr[-1200:]}")


def same_metadata(ours: dict, theirs: dict):
    """Every key that either file has is equal, or listed above."""
    problems = []
    for key in sorted(ours.keys() | theirs.keys()):
        if key in DIFFERENT_KEYS or ours.get(key) == theirs.get(key):
            continue
        def short(value):
            return "nothing" if value is None else repr(value)[:160]
        problems.append(f"{key}: {short(ours.get(key))}, expected {short(theirs.get(key))}")
    assert not problems, "; ".join(problems)


def same_numbers(back: dict, original: dict):
    """The tensors of the folder that came back, against those of the first, as F32 bits."""
    equal(sorted(back), sorted(original), "tensor names")
    for name, tensor in original.items():
        equal(back[name].shape, tensor.shape, f"{name}: shape")
        if back[name].type == tensor.type:
            assert back[name].data == tensor.data, f"{name}: bytes differ"
        else:
            found, expected = tensors.values(back[name]), tensors.values(tensor)
            assert np.array_equal(found, expected), f"{name}: numbers differ"


def check(report, options, worker, name, folder):
    source = folder / name
    with report.check(f"{name}: convert_hf_to_gguf.py writes the same tensors and metadata"):
        worker.ask(do="make", folder=source, name=name)
        options.ingot.run(
            "convert", source, "-o", folder / "ours.gguf", "--force", "-q", "F16",
            "--pre-tokenizer", "gpt-2")
        peer(options, source, folder / "theirs.gguf", "f16")
        llama.same_tensors(
            tensors.read_gguf(folder / "ours.gguf"), tensors.read_gguf(folder / "theirs.gguf"))
        same_metadata(tensors.read_gguf_metadata(folder / "ours.gguf"),
                      tensors.read_gguf_metadata(folder / "theirs.gguf"))
    with report.check(f"{name}: llama.cpp computes what transformers computes"):
        options.ingot.run("convert", source, "-o", folder / "f32.gguf", "--force", "-q", "F32",
                          "--pre-tokenizer", "gpt-2")
        what = "embeddings" if name in ENCODERS else "logits"
        error = relative_error(llama_outputs(options, what, folder / "f32.gguf", IDS),
                               worker.outputs(source, IDS, folder))
        assert error <= TOLERANCE, f"relative error {error:.2e}"
    with report.check(f"{name}: the folder that comes back has the same tensors and outputs"):
        back = folder / "back"
        options.ingot.run("convert", source, "-o", folder / "copy.gguf", "--force",
                          "--pre-tokenizer", "gpt-2")
        options.ingot.run("convert", folder / "copy.gguf", "-o", back, "--force", "--to",
                          "safetensors")
        same_numbers(tensors.read_safetensors(back / "model.safetensors"),
                     tensors.read_safetensors(source / "model.safetensors"))
        error = relative_error(worker.outputs(back, IDS, folder),
                               worker.outputs(source, IDS, folder))
        assert error <= 1e-6, f"relative error of the outputs {error:.2e}"


def worker_if_there(report, options) -> Worker | None:
    """The process with torch; None, with a printed reason, where it cannot be had."""
    if not options.llama or not options.transformers:
        return None
    found = subprocess.run(
        [options.transformers, "-c", "import sentencepiece, torch, transformers"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if found.returncode != 0:
        report.skip("torch and transformers", found.stderr.strip().splitlines()[-1])
        return None
    return Worker(options.transformers)


def run(report, options):
    if not options.llama or not options.transformers:
        report.skip("hugging_face", "asked for with `make conformance-full` only")
        return
    worker = worker_if_there(report, options)
    if worker is None:
        return
    try:
        for name in tiny_checkpoints.ARCHITECTURES:
            with scratch() as folder:
                check(report, options, worker, name, folder)
    finally:
        worker.close()
