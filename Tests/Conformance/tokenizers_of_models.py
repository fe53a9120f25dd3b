"""Part `tokenizers_of_models`: ids by the package `tokenizers` and by llama.cpp.

A small made-up Llama carries each vocabulary. From llama.cpp's vocabulary files: GGUF to folder, the
ids of 10,000 lines by `tokenizers` on the folder and by llama.cpp on the GGUF; folder to GGUF, the
same metadata. From tokenizers that are trained here: folder to GGUF, the same ids.
"""

import json
import pathlib
import re

import sentencepiece
import tokenizers
from tokenizers import Regex, decoders, models, pre_tokenizers, trainers

from checks import equal, scratch
from llama_vocabulary import Library
import mixed_text
import synthetic
import tensors
import vocabulary_files

# Lines of 10,000 whose ids differ, and why; each is llama.cpp's own.
KNOWN = {
    "bert-bge": (1559, "its decomposition keeps the first part of a Hangul syllable"),
    "deepseek-llm": (1, "its split takes U+2029 for no space before the end"),
    "falcon": (1, "it has no split of digits among bytes, which GPT-2's characters ² ³ ¹ are"),
    "nomic-bert-moe": (514, "U+0085 is no white space to it"),
    "qwen2": (464, "it takes the text </s> for a special token"),
    "qwen35": (464, "it takes the text </s> for a special token"),
}
# Keys that converters before the pinned one did not write, or wrote otherwise.
NEWER = {
    "tokenizer.ggml.pre", "tokenizer.ggml.add_bos_token", "tokenizer.ggml.add_eos_token",
    "tokenizer.ggml.add_sep_token", "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.cls_token_id", "tokenizer.ggml.normalizer.lowercase",
    "tokenizer.ggml.token_type_count", "tokenizer.ggml.scores", "tokenizer.ggml.token_type",
}
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
SYMBOLS = r" ?[^\s\p{L}\p{N}]+[\r\n]*|"
SPLITS = {
    "gpt-2": [],
    "smollm": [pre_tokenizers.Digits(individual_digits=True)],
    "dbrx": [CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|" + SYMBOLS + SPACES],
    "qwen2": [CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" + SYMBOLS + SPACES],
    "deepseek-v3": [
        r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
        r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"""
        r" ?[\p{P}\p{S}]+[\r\n]*|" + SPACES],
}


def carry(path: pathlib.Path, values: dict, count: int):
    """A Llama whose embedding has `count` rows; `values` are entries as tensors reads them."""
    def fill(writer):
        model.metadata(writer)
        for key, value in values.items():
            vocabulary_files.add(writer, key, value)
    model = synthetic.Llama(
        layers=1, width=32, inner=32, vocabulary=count, heads=1, kv_heads=1)
    tensors.write_gguf(path, model.tensors(3), fill=fill)


def without_numbers(entry):
    """Fillers without their numbers, which XLM-RoBERTa's converter shifts."""
    if entry is None or entry[0] != vocabulary_files.ARRAY or entry[1][0] != vocabulary_files.STRING:
        return entry
    return [re.sub(r"^\[PAD\d+\]$", "[PAD]", text) for text in entry[1][1]]


def differences(found, expected) -> int:
    return sum(a != b for a, b in zip(found, expected, strict=True))


def package_ids(folder, lines):
    package = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    return [e.ids for e in package.encode_batch(lines, add_special_tokens=False)]


def check_vocabulary(options, library, file, folder, lines):
    name = file.stem.removeprefix("ggml-vocab-")
    before = {k: v for k, v in vocabulary_files.read(file).items() if k.startswith("tokenizer.")}
    count = len(before["tokenizer.ggml.tokens"][1][1])
    carry(folder / "in.gguf", before, count)
    options.ingot.run(
        "convert", folder / "in.gguf", "-o", folder / "out", "--to", "safetensors", "--force")
    found = differences(
        library.ids(folder / "in.gguf", lines), package_ids(folder / "out", lines))
    print(f"        {name}: {found} of {len(lines)} lines differ")
    expected, reason = KNOWN.get(name, (0, ""))
    equal(found, expected, f"lines that differ ({reason})")

    if name == "gemma-4":
        return  # only a model of that architecture gets this kind again; here a Llama carries it
    options.ingot.run("convert", folder / "out", "-o", folder / "again.gguf", "--force")
    after = vocabulary_files.read(folder / "again.gguf")
    for key, value in before.items():
        if key not in NEWER:
            same = without_numbers(after.get(key)) == without_numbers(value)
            assert same, f"{key} differs after both ways"
    equal(differences(library.ids(folder / "again.gguf", lines[:1000]),
                      library.ids(folder / "in.gguf", lines[:1000])), 0, "lines after both ways")


def trained_bpe(splits, lines) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer(models.BPE())
    steps = [step if not isinstance(step, str) else pre_tokenizers.Split(Regex(step), "isolated")
             for step in splits]
    words = not any(isinstance(step, str) for step in splits)
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=words))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps) if len(steps) > 1 else steps[0]
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=4000, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def trained_sentencepiece(folder, lines):
    (folder / "text").write_text("\n".join(" ".join(line.split()) for line in lines))
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"), model_prefix=str(folder / "spm"), vocab_size=8000,
        model_type="bpe", byte_fallback=True, character_coverage=0.98, minloglevel=2,
        normalization_rule_name="identity", remove_extra_whitespaces=False)
    return folder / "spm.model"


def folder_with(options, scratch_folder, files: dict) -> pathlib.Path:
    """A Hugging Face folder of a small Llama with these files of a tokenizer."""
    count = files.pop("count")
    carry(scratch_folder / "plain.gguf", {}, count)
    folder = scratch_folder / "model"
    options.ingot.run("convert", scratch_folder / "plain.gguf", "-o", folder, "--to", "safetensors",
                      "--force")
    for name in ["ingot-manifest.json", "SHA256SUMS"]:
        (folder / name).unlink(missing_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def check_trained(report, options, library, lines):
    for name, splits in SPLITS.items():
        with report.check(f"a BPE trained here, {name}: the ids of llama.cpp"), scratch() as folder:
            tokenizer = trained_bpe(splits, lines)
            model = folder_with(options, folder, {
                "count": tokenizer.get_vocab_size(),
                "tokenizer.json": tokenizer.to_str().encode()})
            options.ingot.run("convert", model, "-o", folder / "out.gguf")
            values = vocabulary_files.read(folder / "out.gguf")
            equal(values["tokenizer.ggml.pre"], (8, name), "the pre-tokenizer")
            found = library.ids(folder / "out.gguf", lines)
            expected = package_ids(model, lines)
            equal(differences(found, expected), 0, "lines that differ")
    with report.check("a SentencePiece BPE trained here: the ids of llama.cpp"), scratch() as folder:
        path = trained_sentencepiece(folder, lines)
        processor = sentencepiece.SentencePieceProcessor(str(path))
        model = folder_with(options, folder, {
            "count": processor.vocab_size(), "tokenizer.model": path.read_bytes(),
            "tokenizer_config.json": json.dumps({"add_bos_token": False}).encode()})
        options.ingot.run("convert", model, "-o", folder / "out.gguf")
        # What llama.cpp does with special tokens in a text, the library does not.
        plain = [line for line in lines if "<" not in line and "\x00" not in line]
        equal(differences(library.ids(folder / "out.gguf", plain),
                          [processor.encode(line) for line in plain]), 0, "lines that differ")


def run(report, options):
    if not options.llama:
        report.skip("ids of llama.cpp", "asked for with `make conformance-full` only")
        return
    lines = mixed_text.lines()
    library = Library(options.llama)
    models_folder = pathlib.Path(options.llama).parent / "source/vendor/llama.cpp/models"
    files = sorted(models_folder.glob("ggml-vocab-*.gguf"))
    if not files:
        report.skip("vocabularies of llama.cpp", "its sources are not there")
    for file in files:
        with report.check(f"{file.stem}: ids and metadata, both ways"), scratch() as folder:
            check_vocabulary(options, library, file, folder, lines)
    check_trained(report, options, library, lines)
