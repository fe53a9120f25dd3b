"""Part `mixtures`: every file type of llama-quantize, whole files: types, bytes and metadata."""

import pathlib
import subprocess

from checks import Skip, equal, scratch
import llama
import synthetic
import tensors

# All that llama-quantize names, aliases aside.
FILE_TYPES = [
    "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q2_K_S", "Q3_K_S", "Q3_K_M", "Q3_K_L",
    "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ4_NL", "IQ4_XS", "IQ3_XXS",
    "IQ3_XS", "IQ3_S", "IQ3_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ1_S", "IQ1_M", "TQ1_0",
    "TQ2_0", "Q1_0", "Q2_0", "MXFP4_MOE", "F16", "BF16", "F32",
]
# Codebooks that Ingot reads and does not write.
READ_ONLY = {
    "IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ1_S", "IQ1_M"}
# What Ingot answers where llama-quantize gives up too.
REFUSALS = ["[row-not-whole-blocks]", "[importance-required]"]


def quantize(options, *arguments) -> subprocess.CompletedProcess:
    tool = pathlib.Path(options.llama) / "llama-quantize"
    return subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, timeout=600)


def same_metadata(ours, theirs) -> tuple[set, set]:
    """What both write is equal; returned is what only Ingot and only llama-quantize write."""
    found, expected = tensors.read_gguf_metadata(ours), tensors.read_gguf_metadata(theirs)
    for key in found.keys() & expected.keys():
        types, value = expected[key]
        if key == "quantize.imatrix.file":  # llama-quantize writes the path as it was given
            value = pathlib.PurePath(value).name
        equal(found[key], (types, value), key)
    return found.keys() - expected.keys(), expected.keys() - found.keys()


class Comparison:
    """One model and what was found on the way."""

    def __init__(self, options, folder, source, importance):
        self.options, self.folder, self.source = options, folder, source
        self.importance = importance
        self.only_ours, self.only_theirs = {}, {}
        self.both_refuse = []

    def compare(self, file_type: str, flags: list[str]):
        ours, theirs = self.folder / "ours.gguf", self.folder / "theirs.gguf"
        title = " ".join([file_type, *(f for f in flags if f.startswith("--"))])
        result = self.options.ingot.run(
            "convert", self.source, "-o", ours, "--force", "-q", file_type, *flags, expect=None)
        if "[cannot-encode]" in result.stderr and file_type in READ_ONLY:
            raise Skip("Ingot reads its codebooks and does not write them")
        theirs.unlink(missing_ok=True)
        expected = quantize(self.options, *flags, self.source, theirs, file_type)
        if result.status != 0:
            assert any(reason in result.stderr for reason in REFUSALS), str(result)
            assert expected.returncode != 0, f"llama-quantize writes it: {result}"
            self.both_refuse.append(title)
            return
        equal(expected.returncode, 0, f"llama-quantize {title}: {expected.stderr[-800:]}")
        llama.same_tensors(tensors.read_gguf(ours), tensors.read_gguf(theirs))
        only_ours, only_theirs = same_metadata(ours, theirs)
        for keys, missing in [(only_ours, self.only_ours), (only_theirs, self.only_theirs)]:
            for key in keys:
                missing.setdefault(key, []).append(title)

    def close(self):
        for what, keys in [("only Ingot writes", self.only_ours),
                           ("only llama-quantize writes", self.only_theirs)]:
            for key, titles in sorted(keys.items()):
                print(f"        {what} {key}: {', '.join(titles)}")
        if self.both_refuse:
            print(f"        refused by both: {', '.join(self.both_refuse)}")


def run(report, options):
    if not options.llama:
        report.skip("mixtures", "asked for with `make conformance-full` only")
        return
    for name, model in [("rows of 256", synthetic.TWELVE_BLOCKS),
                        ("rows of 288", synthetic.ODD_ROWS)]:
        with scratch() as folder:
            source, importance = folder / "in.gguf", folder / "imatrix.gguf"
            model.write(source)
            synthetic.write_model_importance(importance, tensors.read_gguf(source))
            comparison = Comparison(options, folder, source, importance)
            weighted = ["--imatrix", importance]
            for title, flags in [("", []), (" --pure", ["--pure"]),
                                 (" by an importance matrix", weighted)]:
                for file_type in FILE_TYPES:
                    with report.check(f"{name}: {file_type}{title} as llama-quantize"):
                        comparison.compare(file_type, [str(f) for f in flags])
            comparison.close()
