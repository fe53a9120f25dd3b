"""Part `round_trips`: the two real models between Hugging Face and llama.cpp, and back."""

import numpy as np

from checks import Skip, equal, scratch
import hugging_face
import llama
import tensors

# Keys of SmolLM2's file that do not come back, or come back otherwise, and why.
SMOLLM2_KEYS = {
    "general.file_type": "says what the file is now",
    "general.quantization_version": "as general.file_type",
    "general.name": "made by llama.cpp's script from the name of a folder that is not known here",
    "general.basename": "as general.name",
    "general.finetune": "as general.name",
    "general.size_label": "counted from the tensors",
    "llama.attention.key_length": "what the heads' width is anyway; transformers states it now, and "
                                  "convert_hf_to_gguf.py writes it, which it did not do for this file",
    "llama.attention.value_length": "as llama.attention.key_length",
}
TEXTS = ["How do I bake a loaf of sourdough bread at home?",
         "The mitochondrion is the powerhouse of the cell.",
         "Ingots are cast so that metal can be stored and carried."]


def check_smollm2(report, options, model, folder):
    decoded, back, again = folder / "f32.gguf", folder / "back", folder / "again.gguf"
    with report.check("smollm2: GGUF to a folder and back: every tensor equal in bits"):
        options.ingot.run("convert", model, "-o", decoded, "-q", "F32")
        options.ingot.run("convert", model, "-o", back, "--to", "safetensors", "-q", "F32")
        options.ingot.run("convert", back, "-o", again, "-q", "F32")
        llama.same_tensors(tensors.read_gguf(again), tensors.read_gguf(decoded))
    with report.check("smollm2: metadata equal but for the keys listed with their reasons"):
        found, expected = tensors.read_gguf_metadata(again), tensors.read_gguf_metadata(decoded)
        different = {k for k in found.keys() | expected.keys()
                     if found.get(k) != expected.get(k)}
        for key in sorted(different & SMOLLM2_KEYS.keys()):
            print(f"        {key}: {SMOLLM2_KEYS[key]}")
        equal(sorted(different - SMOLLM2_KEYS.keys()), [], "keys that differ")
    with report.check("smollm2: verify --rederive makes the folder again from the GGUF"):
        options.ingot.run("verify", back, "--rederive", model, "--sample", "10%")
        options.ingot.run("verify", again, "--rederive", back, "--sample", "10%")
    return decoded, back


def check_outputs(report, options, worker, decoded, back, folder):
    with report.check("smollm2: transformers gives llama.cpp's logits on 200 tokens"):
        if worker is None:
            raise Skip("asked for with `make conformance-full` only")
        ids = [int(i) for i in np.random.default_rng(7).integers(100, 40_000, 200)]
        error = hugging_face.relative_error(
            hugging_face.llama_outputs(options, "logits", decoded, ids),
            worker.outputs(back, ids, folder))
        print(f"        relative error {error:.2e}")
        assert error <= 1e-3, f"relative error {error:.2e}"


def check_minilm(report, options, model, folder):
    source, output, back = model.parent, folder / "bert.gguf", folder / "bert"
    with report.check("minilm: safetensors to GGUF and back: every tensor equal in bits"):
        result = options.ingot.run("convert", source, "-o", output, "-q", "F32")
        options.ingot.run("convert", output, "-o", back, "--to", "safetensors")
        original = tensors.read_safetensors(model)
        returned = tensors.read_safetensors(back / "model.safetensors")
        lost = sorted(original.keys() - returned.keys())
        print(f"        not in a GGUF file: {', '.join(lost) or 'nothing'}")
        for name in lost:  # nothing goes without a word
            assert name in result.stderr, f"{name} is dropped in silence"
        equal(sorted(returned.keys() - original.keys()), [], "new tensors")
        for name, tensor in returned.items():
            equal((tensor.type, tensor.shape), (original[name].type, original[name].shape), name)
            assert tensor.data == original[name].data, f"{name}: bytes differ"
    return output


def check_embeddings(report, options, worker, source, output, folder):
    with report.check("minilm: mean pooling by transformers and by llama.cpp: cosine >= 0.9999"):
        if worker is None:
            raise Skip("asked for with `make conformance-full` only")
        encoded = worker.ask(do="encode", folder=source, texts=TEXTS)["ids"]
        for ids in encoded:
            ids = [101, *ids, 102]  # [CLS] and [SEP]
            ours = hugging_face.llama_outputs(options, "embeddings", output, ids).mean(axis=0)
            theirs = worker.outputs(source, ids, folder).mean(axis=0)
            cosine = float(ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs))
            print(f"        cosine {cosine:.6f}")
            assert cosine >= 0.9999, f"cosine {cosine}"


def run(report, options):
    worker = hugging_face.worker_if_there(report, options)
    try:
        with scratch() as folder:
            if model := options.models_by_name.get("smollm2"):
                decoded, back = check_smollm2(report, options, model, folder)
                check_outputs(report, options, worker, decoded, back, folder)
            if model := options.models_by_name.get("minilm"):
                output = check_minilm(report, options, model, folder)
                check_embeddings(report, options, worker, model.parent, output, folder)
    finally:
        if worker:
            worker.close()
