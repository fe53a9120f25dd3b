"""Part `containers`: both containers are read and written alike by Ingot and by the packages."""

import gguf
import numpy as np
import safetensors
import safetensors.numpy

from checks import equal, scratch, weights_file
import tensors
from tensors import PLAIN, SAFETENSORS_TYPES, Tensor

SHAPES = [(), (0,), (3, 0, 2), (1,), (7,), (5, 3), (2, 3, 4), (2, 3, 4, 5), (1, 1, 1, 64)]
NAMES = ["blk.0.attn_q.weight", "a", "with space", "läuft-φ-層", "dots...", "x" * 60, '"quoted"']


def random_data(random, type_name: str, byte_count: int) -> bytes:
    if type_name == "BOOL":
        return random.integers(0, 2, byte_count, dtype=np.uint8).tobytes()
    if type_name in ("F16", "F32", "F64"):
        dtype = PLAIN[type_name]
        return random.normal(size=byte_count // dtype().itemsize).astype(dtype).tobytes()
    return random.integers(0, 256, byte_count, dtype=np.uint8).tobytes()


def every_safetensors_type(random) -> dict[str, Tensor]:
    result = {}
    for type_name, (_, width) in SAFETENSORS_TYPES.items():
        for number, shape in enumerate(SHAPES):
            count = int(np.prod(shape, dtype=np.int64)) * width
            result[f"{type_name}.{number}"] = Tensor(
                type_name, shape, random_data(random, type_name, count))
    for name in NAMES:
        result[name] = Tensor("F32", (4,), random_data(random, "F32", 16))
    return result


def every_plain_type(random, shapes) -> dict[str, Tensor]:
    result = {}
    for type_name, dtype in PLAIN.items():
        for number, shape in enumerate(shapes):
            count = int(np.prod(shape, dtype=np.int64)) * dtype().itemsize
            result[f"{type_name}.{number}"] = Tensor(
                type_name, shape, random_data(random, type_name, count))
    return result


def every_block_type(random) -> dict[str, Tensor]:
    """Any bits are valid blocks, and a copy may not touch one of them."""
    result = {}
    for kind in gguf.GGMLQuantizationType:
        block, byte_count = gguf.GGML_QUANT_SIZES[kind]
        # The package gives Q8_1 40 bytes a block, ggml 36; the type is never stored in files.
        if block == 1 or kind.name == "Q8_1":
            continue
        for shape in [(block,), (3, 2 * block), (2, 2, 2, block)]:
            count = int(np.prod(shape)) // block * byte_count
            result[f"{kind.name}.{len(shape)}"] = Tensor(
                kind.name, shape, random.integers(0, 256, count, dtype=np.uint8).tobytes())
    return result


def every_metadata_type(writer: gguf.GGUFWriter):
    writer.add_uint8("t.u8", 255)
    writer.add_int8("t.i8", -128)
    writer.add_uint16("t.u16", 65535)
    writer.add_int16("t.i16", -32768)
    writer.add_uint32("t.u32", 2**32 - 1)
    writer.add_int32("t.i32", -(2**31))
    writer.add_uint64("t.u64", 2**64 - 1)
    writer.add_int64("t.i64", -(2**63))
    writer.add_float32("t.f32", 1.5)
    writer.add_float64("t.f64", 1e300)
    writer.add_bool("t.bool", True)
    writer.add_string("t.string", "läuft \u5c64\n\ttab")
    writer.add_array("t.array.i32", [1, -2, 3])
    writer.add_array("t.array.f32", [0.5, -0.25])
    writer.add_array("t.array.bool", [True, False, True])
    writer.add_array("t.array.string", ["a", "", "läuft"])


def same(found: dict[str, Tensor], expected: dict[str, Tensor]):
    equal(sorted(found), sorted(expected), "tensor names")
    for name, tensor in expected.items():
        other = found[name]
        equal((other.type, other.shape), (tensor.type, tensor.shape), f"{name}: type and shape")
        assert other.data == tensor.data, f"{name}: the bytes differ"


def copied(ingot, source, output):
    """Converts with the recipe that keeps every tensor, and returns what the packages read."""
    ingot.run("convert", source, "-o", output, "--recipe", "copy", "--generic")
    return tensors.read(output)


def run(report, options):
    ingot = options.ingot
    random = np.random.default_rng(20261122)

    with report.check("safetensors to safetensors: every type, rank 0 to 4, empty, odd names"), \
            scratch() as folder:
        expected = every_safetensors_type(random)
        metadata = {"format": "np", "läuft": "\u5c64 \"x\"", "empty": ""}
        tensors.write_safetensors(folder / "in.safetensors", expected, metadata)
        same(copied(ingot, folder / "in.safetensors", folder / "out.safetensors"), expected)
        with safetensors.safe_open(folder / "out.safetensors", "np") as file:
            for key, value in metadata.items():
                equal((file.metadata() or {}).get(key), value, f"metadata {key}")

    with report.check("safetensors.numpy saves, Ingot copies, safetensors.numpy loads the same"), \
            scratch() as folder:
        arrays = {f"a{n}.{d.__name__}": np.asarray(random.normal(size=s) * 50).astype(d)
                  for n, s in enumerate(SHAPES) for d in PLAIN.values()}
        safetensors.numpy.save_file(arrays, folder / "in.safetensors")
        ingot.run("convert", folder / "in.safetensors", "-o", folder / "out.safetensors",
                  "--recipe", "copy")
        loaded = safetensors.numpy.load_file(folder / "out.safetensors")
        equal(sorted(loaded), sorted(arrays), "names")
        for name, array in arrays.items():
            equal(loaded[name].dtype, array.dtype, f"{name}: dtype")
            assert np.array_equal(loaded[name], array), f"{name}: numbers differ"

    with report.check("GGUF to GGUF: every plain and block type, every metadata type, in order"), \
            scratch() as folder:
        expected = every_plain_type(random, [s for s in SHAPES if s]) | every_block_type(random)
        tensors.write_gguf(folder / "in.gguf", expected, fill=every_metadata_type)
        same(copied(ingot, folder / "in.gguf", folder / "out.gguf"), expected)
        before = tensors.read_gguf_metadata(folder / "in.gguf")
        after = tensors.read_gguf_metadata(folder / "out.gguf")
        for key, value in before.items():
            if key != "general.file_type":
                equal(after.get(key), value, f"metadata {key}")
        equal([k for k in after if k in before], list(before), "order of the metadata")
        equal(list(tensors.read_gguf(folder / "out.gguf")), list(expected), "order of the tensors")

    with report.check("NaN and infinity with any payload survive a copy bit for bit"), \
            scratch() as folder:
        odd = np.array([0x7F800001, 0x7FC00123, 0xFF800000, 0x7F800000, 1, 0x80000000], np.uint32)
        expected = {"odd.weight": Tensor("F32", (6,), odd.tobytes())}
        tensors.write_safetensors(folder / "in.safetensors", expected)
        same(copied(ingot, folder / "in.safetensors", folder / "out.safetensors"), expected)

    # A GGUF tensor has at least one dimension and no more than four.
    shapes = [(1,), (7,), (5, 3), (2, 3, 4), (2, 3, 4, 5)]
    with report.check("safetensors to GGUF: plain types"), scratch() as folder:
        expected = every_plain_type(random, shapes)
        expected["b.weight"] = Tensor("BF16", (5, 3), random_data(random, "BF16", 30))
        tensors.write_safetensors(folder / "in.safetensors", expected)
        same(copied(ingot, folder / "in.safetensors", folder / "out.gguf"), expected)

    with report.check("GGUF to safetensors: plain types"), scratch() as folder:
        expected = every_plain_type(random, shapes)
        tensors.write_gguf(folder / "in.gguf", expected)
        same(copied(ingot, folder / "in.gguf", folder / "out.safetensors"), expected)

    for name, source in options.models():
        for container in ["gguf", "safetensors"]:
            title = f"{name} copied to {container}: all tensors"
            if name == "smollm2" and container == "safetensors":
                continue  # its blocks have no plain safetensors type
            with report.check(title), scratch() as folder:
                ingot.run("convert", source, "-o", folder / "out", "--recipe", "copy",
                          "--to", container, "--generic")
                same(tensors.read(weights_file(folder / "out")), tensors.read_source(source))
