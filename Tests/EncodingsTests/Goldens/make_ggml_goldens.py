"""Writes GGMLGoldens.swift, the answers of ggml's own quantizers, beside this script.

    pip install numpy
    python3 make_ggml_goldens.py libggml-base.so

The library comes from `scripts/build-llama`: a build for x86-64 without fused operations. Inputs are
integers of SplitMix64 times powers of two, so GGMLValues.swift makes the same ones exactly.
"""

import ctypes
import pathlib
import sys

import numpy as np

COUNT = 8192
# name: ggml id, elements and bytes of a block, where its F16 numbers are
TYPES = {
    "Q4_0": (2, 32, 18, [0]), "Q4_1": (3, 32, 20, [0, 2]), "Q5_0": (6, 32, 22, [0]),
    "Q5_1": (7, 32, 24, [0, 2]), "Q8_0": (8, 32, 34, [0]), "Q2_K": (10, 256, 84, [80, 82]),
    "Q3_K": (11, 256, 110, [108]), "Q4_K": (12, 256, 144, [0, 2]),
    "Q5_K": (13, 256, 176, [0, 2]), "Q6_K": (14, 256, 210, [208]), "Q8_K": (15, 256, 292, []),
    "IQ2_XXS": (16, 256, 66, [0]), "IQ2_XS": (17, 256, 74, [0]), "IQ3_XXS": (18, 256, 98, [0]),
    "IQ1_S": (19, 256, 50, [0]), "IQ4_NL": (20, 32, 18, [0]), "IQ3_S": (21, 256, 110, [0]),
    "IQ2_S": (22, 256, 82, [0]), "IQ4_XS": (23, 256, 136, [0]), "IQ1_M": (29, 256, 56, []),
    "TQ1_0": (34, 256, 54, [52]), "TQ2_0": (35, 256, 66, [64]), "MXFP4": (39, 32, 17, []),
    "NVFP4": (40, 64, 36, []), "Q1_0": (41, 128, 18, [0]), "Q2_0": (42, 64, 18, [0]),
}
# The library has no encoder for Q8_K here; Ingot scales NVFP4 otherwise, see its documentation.
NOT_ENCODED = {"Q8_K", "NVFP4"}
WEIGHTS_DEMANDED = {"IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ1_S", "IQ1_M", "IQ3_XXS"}
WEIGHTS_IGNORED = {"Q8_0", "TQ1_0", "TQ2_0", "MXFP4", "Q1_0", "Q2_0"}
# These quantizers abort on some blocks that no model has.
FEW_CLASSES = WEIGHTS_DEMANDED | {"IQ3_S"}
MODEL_LIKE = {"weights", "long rows", "heavy tails"}


def integers(seed, count=COUNT):
    """`count` numbers of SplitMix64 from this state."""
    with np.errstate(over="ignore"):
        steps = np.arange(1, count + 1, dtype=np.uint64)
        z = np.uint64(seed) + steps * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def signed(seed, bits, count=COUNT):
    return (integers(seed, count) >> np.uint64(64 - bits)).astype(np.int64) - (1 << (bits - 1))


def scaled(numbers, exponents):
    """Rounded once, by the conversion; the multiplication is exact."""
    return np.ldexp(numbers.astype(np.float32), exponents).astype(np.float32)


def bell(seed):
    """Sums of four uniform numbers: 24 bits, near enough to a normal distribution."""
    return signed(seed, 22, 4 * COUNT).reshape(COUNT, 4).sum(axis=1)


def value_classes():
    """(name, row length, values): what `GGMLValues.all` in GGMLValues.swift makes."""
    index = np.arange(COUNT)
    cubes = signed(13, 21) ** 3
    constants = np.array([1, -1, 0, 3277, -13107, 65504, 7, -1025])
    sparse = np.where(integers(15) >> np.uint64(58) == 0, signed(16, 12), 0)
    return [
        ("weights", 512, scaled(bell(11), -27)),
        ("long rows", 2048, scaled(bell(12), -24)),
        ("heavy tails", 512, scaled(cubes, -60)),
        ("an exponent each 32", 512, scaled(signed(14, 24), index // 32 % 40 - 48)),
        ("an exponent each 256", 512, scaled(signed(14, 24), -8 - index // 256 * 3)),
        ("constants of 32", 512, scaled(constants[index // 32 % 8], index // 256 % 16 - 16)),
        ("constants of 256", 2048, scaled(constants[index // 256 % 8], -10 - index // 2048)),
        ("few values", 512, scaled(sparse, -8)),
        ("one sign", 2048, scaled(np.abs(bell(17)), -26)),
    ]


def column_weights(columns, blank=False):
    """The importance of each column: spread widely, some 0; `columnWeights` in GGMLValues.swift.

    `blank`: whole blocks of columns that no input ever reached.
    """
    numbers = integers(21, columns)
    squares = ((numbers >> np.uint64(40)) ** np.uint64(2)).astype(np.float32)
    weights = np.where(numbers & np.uint64(15) == 0, 0, np.ldexp(squares, -48))
    if blank:
        weights[np.arange(columns) // 32 % 4 == 1] = 0
    return weights.astype(np.float32)


def random_blocks(name):
    """64 blocks of any bits, but for scales that are not finite."""
    _, _, byte_count, halves = TYPES[name]
    blocks = integers(31, 64 * byte_count).astype(np.uint8).reshape(64, byte_count)
    # The exponent of an F16 is all ones only if bit 6 of its upper byte is set with the others.
    for upper in [at + 1 for at in halves] + {"Q8_K": [3], "IQ1_M": [55]}.get(name, []):
        blocks[:, upper] &= 0xBF
    if name == "MXFP4":
        blocks[:, 0] &= 0x7F
    if name == "NVFP4":
        blocks[:, :4] &= 0x77
    return blocks


def fnv(data):
    state = 0xCBF29CE484222325
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & ((1 << 64) - 1)
    digits = f"{state:016X}"
    return "0x" + "_".join(digits[i : i + 4] for i in range(0, 16, 4))


class Library:
    def __init__(self, path):
        self.ggml = ctypes.CDLL(path)
        self.ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
        self.ggml.ggml_quantize_chunk.argtypes = [
            ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64,
            ctypes.c_int64, ctypes.c_void_p]

    def encode(self, name, values, columns, weights=None):
        number, elements, byte_count, _ = TYPES[name]
        blocks = np.zeros(values.size // elements * byte_count, np.uint8)
        self.ggml.ggml_quantize_chunk(
            number, values.ctypes.data, blocks.ctypes.data, 0, values.size // columns, columns,
            None if weights is None else weights.ctypes.data)
        return blocks.tobytes()

    def decode(self, name, blocks):
        _, elements, _, _ = TYPES[name]
        values = np.zeros(len(blocks) * elements, np.float32)
        stem = name.lower().replace("_k", "_K")
        decoder = getattr(self.ggml, "dequantize_row_" + stem)
        decoder.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        decoder(blocks.ctypes.data, values.ctypes.data, values.size)
        return values


def main():
    library = Library(sys.argv[1])
    classes = value_classes()
    lines = [
        "// Made by make_ggml_goldens.py with ggml of llama-cpp-python 0.3.36; do not edit.",
        "",
        "/// FNV-1a of what ggml writes for each class of values, and decodes from random blocks.",
        "struct GGMLGolden {",
        "  let name: String",
        "  var decoded: UInt64",
        "  var encoded: [String: UInt64] = [:]",
        "  var weighted: [String: UInt64] = [:]",
        "  /// The first class, with weights that are 0 for whole blocks of columns.",
        "  var blankWeighted: UInt64?",
        "}",
        "",
        "let ggmlGoldens: [GGMLGolden] = [",
    ]
    for name in TYPES:
        decoded = library.decode(name, random_blocks(name))
        assert np.isfinite(decoded).all(), f"{name}: not all blocks are finite"
        parts = [f'    name: "{name}", decoded: {fnv(decoded.tobytes())}']
        for title, skipped in [("encoded", WEIGHTS_DEMANDED), ("weighted", WEIGHTS_IGNORED)]:
            if name in NOT_ENCODED or name in skipped:
                continue
            rows = []
            for label, columns, values in classes:
                if name in FEW_CLASSES and label not in MODEL_LIKE:
                    continue
                weights = column_weights(columns) if title == "weighted" else None
                blocks = library.encode(name, values, columns, weights)
                rows.append(f'      "{label}": {fnv(blocks)},')
            parts.append(f"    {title}: [\n" + "\n".join(rows) + "\n    ]")
        if name not in NOT_ENCODED | WEIGHTS_IGNORED | FEW_CLASSES:
            _, columns, values = classes[0]
            blocks = library.encode(name, values, columns, column_weights(columns, blank=True))
            parts.append(f"    blankWeighted: {fnv(blocks)}")
        lines += ["  GGMLGolden(", ",\n".join(parts) + "),"]
    lines.append("]")
    path = pathlib.Path(__file__).with_name("GGMLGoldens.swift")
    path.write_text("\n".join(lines) + "\n")


main()
