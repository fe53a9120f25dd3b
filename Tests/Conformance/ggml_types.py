"""Part `ggml_types`: bytes equal to ggml's own quantizers, with and without an importance matrix.

Only with `make conformance-full`, which builds the library for x86-64 without fused operations.
"""

import concurrent.futures
import ctypes
import os
import pathlib

import gguf
import numpy as np

from checks import equal, scratch
import synthetic
import tensors
from tensors import Tensor

COLUMNS = 2048
# Values in one file, which limits what is held in memory at a time.
BATCH = 1 << 25
PLAIN_TYPES = ["Q8_0", "TQ1_0", "TQ2_0", "MXFP4", "Q1_0", "Q2_0"]
WEIGHTED_TYPES = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
                  "IQ4_XS"]
# Where the F16 numbers of a block are.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
    "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ2_XXS": [0], "IQ2_XS": [0],
    "IQ3_XXS": [0], "IQ1_S": [0], "IQ4_NL": [0], "IQ3_S": [0], "IQ2_S": [0], "IQ4_XS": [0],
    "TQ1_0": [52], "TQ2_0": [64], "IQ1_M": [], "MXFP4": [], "NVFP4": [], "Q1_0": [0],
    "Q2_0": [0],
}
# The gguf package has no arithmetic for them.
ONLY_IN_GGML = {"Q1_0", "Q2_0"}


class Library:
    """libggml-base."""

    def __init__(self, path: pathlib.Path):
        self.ggml = ctypes.CDLL(str(path))
        self.pool = concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        pointer, count = ctypes.c_void_p, ctypes.c_int64
        self.ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
        self.ggml.ggml_quantize_chunk.argtypes = [
            ctypes.c_int, pointer, pointer, count, count, count, pointer]

    def encode(self, array: np.ndarray, type_name: str, weights: np.ndarray | None) -> bytes:
        kind = gguf.GGMLQuantizationType[type_name]
        elements, byte_count = gguf.GGML_QUANT_SIZES[kind]
        rows, columns = array.shape
        row_bytes = columns // elements * byte_count
        blocks = np.zeros(rows * row_bytes, np.uint8)
        chosen_by = None if weights is None else weights.ctypes.data

        def encode_rows(begin: int, end: int) -> int:
            return self.ggml.ggml_quantize_chunk(
                int(kind), array.ctypes.data, blocks.ctypes.data, begin * columns, end - begin,
                columns, chosen_by)

        # The library is slow and releases the interpreter's lock.
        step = -(-rows // (4 * len(os.sched_getaffinity(0))))
        begins = range(0, rows, step)
        written = self.pool.map(encode_rows, begins, [min(b + step, rows) for b in begins])
        equal(sum(written), blocks.size, f"bytes of {type_name}")
        return blocks.tobytes()

    def decode(self, data: np.ndarray, type_name: str) -> np.ndarray:
        elements, byte_count = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[type_name]]
        values = np.zeros(data.size // byte_count * elements, np.float32)
        decoder = getattr(self.ggml, "dequantize_row_" + type_name.lower().replace("_k", "_K"))
        decoder.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        decoder(data.ctypes.data, values.ctypes.data, values.size)
        return values


def made_up(random) -> dict[str, np.ndarray]:
    """Blocks that break quantizers. All scales stay within F16, so none may be refused.

    Nothing is below 2^-125, where the reference converts a negative float to an unsigned byte.
    """
    shape = (64, COLUMNS)
    blocks = (shape[0], shape[1] // 32)
    spread = np.repeat(np.exp(2 * random.normal(size=blocks)), 32, axis=1)
    outlier = random.normal(size=shape)
    outlier[:, ::256] *= 3000
    constants = np.repeat(random.normal(size=(shape[0], shape[1] // 256)), 256, axis=1)
    exponents = np.repeat(10.0 ** random.uniform(-30, 3, blocks), 32, axis=1)
    arrays = {
        "normal": random.normal(size=shape) * 0.03,
        "heavy": np.clip(random.standard_t(3, shape), -1e4, 1e4),
        "spread": np.clip(random.normal(size=shape) * spread, -1e4, 1e4),
        "constant": constants,
        "zero": np.zeros(shape),
        "few": random.normal(size=shape) * (random.random(shape) < 0.01),
        "one_sign": np.abs(random.normal(size=shape)),
        "negative": -np.abs(random.normal(size=shape)),
        "ties": random.integers(-24, 25, shape) / 4.0,
        "exponents": random.normal(size=shape) * exponents,
        "huge": random.normal(size=shape).clip(-1, 1) * 3e4,
        "one_outlier": outlier,
        "two_values": np.where(random.random(shape) < 0.5, 3.25, -3.25),
        "small": random.normal(size=shape) * 1e-6,
    }
    # A zero times a negative number has a sign; which of two zeros is first is asked below.
    arrays = {name: array + 0.0 for name, array in arrays.items()}
    signs = np.where(random.random(shape) < 0.5, 0.0, -0.0)
    few = random.random(shape) < 0.004
    arrays |= {
        "negative_zero": np.full(shape, -0.0),
        "zeros": signs,
        "zeros_and_few": np.where(few, random.normal(size=shape), signs),
        "zeros_and_positive": np.where(few, np.abs(random.normal(size=shape)), signs),
        "zeros_and_negative": np.where(few, -np.abs(random.normal(size=shape)), signs),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


class Batch:
    """Rows in F32, in a file that is written once and read for every type."""

    def __init__(self, folder: pathlib.Path, arrays: list[np.ndarray], random):
        self.path = folder / "in.gguf"
        self.importance_path = folder / "imatrix.gguf"
        folder.mkdir()
        named = {f"blk.{n}.ffn_up.weight": a for n, a in enumerate(arrays)}
        tensors.write_gguf(
            self.path, {n: Tensor("F32", a.shape, a.tobytes()) for n, a in named.items()})
        self.weights = synthetic.column_weights(random, {n: a.shape[1] for n, a in named.items()})
        synthetic.write_importance(self.importance_path, self.weights)

    def arrays(self) -> dict[str, np.ndarray]:
        """Mapped from the file, by the gguf package."""
        return {t.name: t.data for t in gguf.GGUFReader(str(self.path)).tensors}


def batches(folder: pathlib.Path, source: pathlib.Path, random) -> list[Batch]:
    """All tensors of a model as rows of `COLUMNS`, or of 256 where that leaves nothing over; a rest
    of less than 256 values is cut off."""
    found, arrays, single_rows, size = [], [], [], 0
    for tensor in tensors.read_source(source).values():
        if tensor.type.startswith(("I", "U", "BOOL")) and not tensor.type.startswith("IQ"):
            continue
        array = tensors.values(tensor).reshape(-1)
        columns = COLUMNS if array.size % COLUMNS == 0 else 256
        rows = array.size // columns
        kept = array[:rows * columns].reshape(rows, columns)
        if rows < 2:  # a tensor of one row is a vector, which no recipe quantizes
            single_rows.append(kept.reshape(-1, 256))
            continue
        arrays.append(kept)
        size += rows * columns
        if size >= BATCH:
            found.append(Batch(folder / f"{len(found)}", arrays, random))
            arrays, size = [], 0
    if sum(map(len, single_rows)) > 1:
        arrays.append(np.concatenate(single_rows))
    if arrays:
        found.append(Batch(folder / f"{len(found)}", arrays, random))
    return found


def compare(options, library, folder, batch: Batch, type_name: str, is_weighted: bool):
    """Converts a batch and compares every tensor with the library's."""
    # MXFP4 alone is no file type.
    preset = ["Q8_0", "--tensor-type", ".=MXFP4"] if type_name == "MXFP4" else [type_name]
    arguments = ["convert", batch.path, "--generic", "-o", folder / "out.gguf", "--force", "-q",
                 *preset,
                 "--pure"]
    if is_weighted:
        arguments += ["--imatrix", batch.importance_path]
    options.ingot.run(*arguments)
    output = tensors.read_gguf(folder / "out.gguf")
    arrays = batch.arrays()
    equal(sorted(output), sorted(arrays), "tensor names")
    for name, array in arrays.items():
        equal(output[name].type, type_name, f"{name}: type")
        expected = library.encode(array, type_name, batch.weights[name] if is_weighted else None)
        if output[name].data != expected:
            at = next(i for i, (a, b) in enumerate(zip(output[name].data, expected)) if a != b)
            elements, byte_count = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[type_name]]
            block = at // byte_count
            values = array.reshape(-1)[block * elements:(block + 1) * elements]
            raise AssertionError(
                f"{name} {array.shape}: {type_name} differs at byte {at}, in block {block} of "
                f"{values.tolist()}")


def random_blocks(random, type_name: str, count: int) -> np.ndarray:
    """Any bits, but for scales that are not finite."""
    _, byte_count = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[type_name]]
    blocks = random.integers(0, 256, (count, byte_count), dtype=np.uint8)
    for upper in [at + 1 for at in SCALES[type_name]] + {"IQ1_M": [55]}.get(type_name, []):
        blocks[:, upper] &= 0xBF
    if type_name == "MXFP4":
        blocks[:, 0] &= 0x7F
    return blocks


def check_decoding(report, options, library, random):
    for type_name in SCALES:
        with report.check(f"decoding {type_name}: random blocks"), scratch() as folder:
            elements, _ = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[type_name]]
            blocks = random_blocks(random, type_name, 65536 // elements)
            source = {"blk.0.ffn_up.weight": Tensor(type_name, (32, COLUMNS), blocks.tobytes())}
            tensors.write_gguf(folder / "in.gguf", source)
            options.ingot.run(
                "convert", folder / "in.gguf", "--generic", "-o", folder / "out.safetensors",
                "-q", "F32",
                "--pure", "--allow-requantize")
            (found,) = tensors.read_safetensors(folder / "out.safetensors").values()
            expected = library.decode(blocks, type_name)
            assert found.data == expected.tobytes(), "other numbers than ggml's"
            if type_name not in ONLY_IN_GGML:
                (tensor,) = source.values()
                assert found.data == tensors.values(tensor).tobytes(), "other numbers than gguf's"


def run(report, options):
    if not options.llama:
        report.skip("ggml", "asked for with `make conformance-full` only")
        return
    library = Library(pathlib.Path(options.llama) / "libggml-base.so")
    random = np.random.default_rng(11)
    check_decoding(report, options, library, random)

    sources = [("made-up blocks", None), *options.models()]
    for name, path in sources:
        with scratch() as folder:
            if path is None:
                pieces = [Batch(folder / "0", list(made_up(random).values()), random)]
            else:
                pieces = batches(folder, path, random)
            for type_name in PLAIN_TYPES + WEIGHTED_TYPES:
                for is_weighted in [False, True][:1 + (type_name in WEIGHTED_TYPES)]:
                    title = f"{name}: {type_name}{' with weights' if is_weighted else ''} as ggml"
                    with report.check(title):
                        for batch in pieces:
                            compare(options, library, folder, batch, type_name, is_weighted)
