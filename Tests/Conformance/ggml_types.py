"""Part `ggml_types`: bytes equal to ggml's own quantizers, with and without an importance matrix.

Only with `make conformance-full`, which builds the library for x86-64 without fused operations.
"""

import ctypes
import pathlib

import gguf
import numpy as np

from checks import equal, scratch
import tensors
from tensors import Tensor

COLUMNS = 2048
# Values in one file: what is held in memory at a time.
BATCH = 1 << 24
PLAIN_TYPES = ["Q8_0", "TQ1_0", "TQ2_0", "MXFP4", "Q1_0"]
WEIGHTED_TYPES = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
                  "IQ4_XS"]
# Where the F16 numbers of a block are.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
    "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ2_XXS": [0], "IQ2_XS": [0],
    "IQ3_XXS": [0], "IQ1_S": [0], "IQ4_NL": [0], "IQ3_S": [0], "IQ2_S": [0], "IQ4_XS": [0],
    "TQ1_0": [52], "TQ2_0": [64], "IQ1_M": [], "MXFP4": [], "NVFP4": [], "Q1_0": [0],
}


class Library:
    """libggml-base."""

    def __init__(self, path: pathlib.Path):
        self.ggml = ctypes.CDLL(str(path))
        pointer, count = ctypes.c_void_p, ctypes.c_int64
        self.ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
        self.ggml.ggml_quantize_chunk.argtypes = [
            ctypes.c_int, pointer, pointer, count, count, count, pointer]

    def encode(self, array: np.ndarray, type_name: str, weights: np.ndarray | None) -> bytes:
        kind = gguf.GGMLQuantizationType[type_name]
        elements, byte_count = gguf.GGML_QUANT_SIZES[kind]
        blocks = np.zeros(array.size // elements * byte_count, np.uint8)
        rows, columns = array.shape
        written = self.ggml.ggml_quantize_chunk(
            int(kind), array.ctypes.data, blocks.ctypes.data, 0, rows, columns,
            None if weights is None else weights.ctypes.data)
        equal(written, blocks.size, f"bytes of {type_name}")
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
    }
    # A zero times a negative number has a sign; which of two zeros is first is no question here.
    return {name: array.astype(np.float32) + np.float32(0) for name, array in arrays.items()}


def batches(source: pathlib.Path):
    """All tensors of a model as rows of `COLUMNS`, the rest of each cut off, a file's worth at a
    time."""
    batch, size = {}, 0
    for tensor in tensors.read_source(source).values():
        if tensor.type.startswith(("I", "U", "BOOL")) and not tensor.type.startswith("IQ"):
            continue
        array = tensors.values(tensor).reshape(-1)
        rows = array.size // COLUMNS
        if rows == 0:
            continue
        batch[f"blk.{len(batch)}.ffn_up.weight"] = array[:rows * COLUMNS].reshape(rows, COLUMNS)
        size += rows * COLUMNS
        if size >= BATCH:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def write_importance(path: pathlib.Path, importance: dict[str, np.ndarray]):
    """As llama-imatrix writes it, from one column sum each."""
    writer = gguf.GGUFWriter(str(path), "unused")
    writer.add_string("general.type", "imatrix")
    writer.add_array("imatrix.datasets", ["made up"])
    writer.add_uint32("imatrix.chunk_count", 1)
    writer.add_uint32("imatrix.chunk_size", 512)
    for name, weights in importance.items():
        writer.add_tensor(name + ".in_sum2", weights.reshape(1, -1))
        writer.add_tensor(name + ".counts", np.ones((1, 1), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def compare(options, library, folder, arrays, type_name, importance):
    """Converts `arrays` and compares every tensor with the library's."""
    source = {n: Tensor("F32", a.shape, a.tobytes()) for n, a in arrays.items()}
    tensors.write_gguf(folder / "in.gguf", source)
    arguments = ["convert", folder / "in.gguf", "-o", folder / "out.gguf", "--force", "-q",
                 type_name, "--pure"]
    if importance is not None:
        write_importance(folder / "imatrix.gguf", importance)
        arguments += ["--imatrix", folder / "imatrix.gguf"]
    options.ingot.run(*arguments)
    output = tensors.read_gguf(folder / "out.gguf")
    equal(sorted(output), sorted(arrays), "tensor names")
    for name, array in arrays.items():
        equal(output[name].type, type_name, f"{name}: type")
        weights = None if importance is None else importance[name]
        expected = library.encode(array, type_name, weights)
        if output[name].data != expected:
            at = next(i for i, (a, b) in enumerate(zip(output[name].data, expected)) if a != b)
            raise AssertionError(f"{name}: {type_name} differs at byte {at}")


def column_weights(random, arrays) -> dict[str, np.ndarray]:
    """Spread widely; one in 16 columns is 0."""
    found = {}
    for name, array in arrays.items():
        weights = np.exp(2 * random.normal(size=array.shape[1]))
        weights *= random.random(array.shape[1]) >= 1 / 16
        found[name] = weights.astype(np.float32)
    return found


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
                "convert", folder / "in.gguf", "-o", folder / "out.safetensors", "-q", "F32",
                "--pure", "--allow-requantize")
            (found,) = tensors.read_safetensors(folder / "out.safetensors").values()
            expected = library.decode(blocks, type_name)
            assert found.data == expected.tobytes(), "other numbers than ggml's"
            if type_name != "Q1_0":  # the gguf package does not decode it
                (tensor,) = source.values()
                assert found.data == tensors.values(tensor).tobytes(), "other numbers than gguf's"


def run(report, options):
    if not options.llama:
        report.skip("ggml", "asked for with `make conformance-full` only")
        return
    library = Library(pathlib.Path(options.llama) / "libggml-base.so")
    random = np.random.default_rng(11)
    report.skip("Q2_0", "the gguf package neither writes nor reads it")
    check_decoding(report, options, library, random)

    arrays = {f"blk.{n}.ffn_up.weight": a for n, a in enumerate(made_up(random).values())}
    sources = [("made-up blocks", lambda: [arrays])]
    sources += [(name, lambda path=path: batches(path)) for name, path in options.models()]
    for name, make_batches in sources:
        for type_name in PLAIN_TYPES + WEIGHTED_TYPES:
            for is_weighted in [False, True][:1 + (type_name in WEIGHTED_TYPES)]:
                title = f"{name}: {type_name}{' with weights' if is_weighted else ''} as ggml"
                with report.check(title), scratch() as folder:
                    for batch in make_batches():
                        importance = column_weights(random, batch) if is_weighted else None
                        compare(options, library, folder, batch, type_name, importance)
