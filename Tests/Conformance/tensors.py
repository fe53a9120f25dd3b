"""Model files through packages that others wrote: the oracle side of every comparison."""

import ctypes
import dataclasses
import functools
import json
import pathlib
import struct

import gguf
import numpy as np
import safetensors


@dataclasses.dataclass(frozen=True)
class Tensor:
    """Shapes are outermost first, as numpy has them, in both containers."""

    type: str
    shape: tuple
    data: bytes


# What `safetensors.serialize` calls each type, and the bytes of one element. F4 and F6 take less
# than a byte; the package writes F4 by the pair and F6 not at all.
SAFETENSORS_TYPES = {
    "BOOL": ("bool", 1), "U8": ("uint8", 1), "I8": ("int8", 1), "U16": ("uint16", 2),
    "I16": ("int16", 2), "U32": ("uint32", 4), "I32": ("int32", 4), "U64": ("uint64", 8),
    "I64": ("int64", 8), "F16": ("float16", 2), "BF16": ("bfloat16", 2), "F32": ("float32", 4),
    "F64": ("float64", 8), "C64": ("complex64", 8), "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E5M2": ("float8_e5m2", 1), "F8_E8M0": ("float8_e8m0fnu", 1),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", 1), "F8_E5M2FNUZ": ("float8_e5m2fnuz", 1),
}
# ggml's numbers of types that the gguf package does not know yet, their values and bytes a block.
NEWER_TYPES = {"Q2_0": (42, 64, 18)}
# Types that both containers can hold.
PLAIN = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32,
    "I16": np.int16, "I8": np.int8,
}


def add_newer_types():
    """Makes the gguf package read and write them; it still cannot compute with them."""
    kinds = gguf.GGMLQuantizationType
    for name, (number, elements, byte_count) in NEWER_TYPES.items():
        if name in kinds.__members__:
            continue
        kind = int.__new__(kinds, number)
        kind._name_, kind._value_ = name, number
        kinds._member_names_.append(name)
        kinds._member_map_[name] = kinds._value2member_map_[number] = kind
        gguf.GGML_QUANT_SIZES[kind] = (elements, byte_count)


add_newer_types()


def read_safetensors(path: pathlib.Path) -> dict[str, Tensor]:
    """By the reference reader, which also validates the file."""
    entries = safetensors.deserialize(pathlib.Path(path).read_bytes())
    return {name: Tensor(e["dtype"], tuple(e["shape"]), bytes(e["data"])) for name, e in entries}


def write_safetensors(path: pathlib.Path, tensors: dict[str, Tensor], metadata=None):
    """By the reference writer, which chooses the order of the tensors."""
    kept, specs = [], {}
    for name, tensor in tensors.items():
        buffer = ctypes.create_string_buffer(tensor.data, max(len(tensor.data), 1))
        kept.append(buffer)
        specs[name] = safetensors.TensorSpec(
            dtype=SAFETENSORS_TYPES[tensor.type][0], shape=list(tensor.shape),
            data_ptr=ctypes.addressof(buffer), data_len=len(tensor.data))
    pathlib.Path(path).write_bytes(safetensors.serialize(specs, metadata))


def write_safetensors_in_order(path: pathlib.Path, tensors: dict[str, Tensor], metadata=None):
    """By hand, in the given order: the reference writer sorts."""
    header, offset = {}, 0
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        end = offset + len(tensor.data)
        header[name] = {
            "dtype": tensor.type, "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.data)


def read_gguf(path: pathlib.Path) -> dict[str, Tensor]:
    reader = gguf.GGUFReader(str(path))
    return {
        t.name: Tensor(
            t.tensor_type.name, tuple(int(n) for n in reversed(t.shape)), t.data.tobytes())
        for t in reader.tensors}


def read_gguf_metadata(path: pathlib.Path) -> dict:
    """Keys and values in file order, without the header's counts."""
    reader = gguf.GGUFReader(str(path))
    return {k: (f.types, f.contents()) for k, f in reader.fields.items()
            if not k.startswith("GGUF.")}


def write_gguf(path: pathlib.Path, tensors: dict[str, Tensor], architecture="llama", fill=None,
               **options):
    """By the gguf package; `fill` may add metadata to the writer."""
    writer = gguf.GGUFWriter(str(path), architecture, **options)
    if fill:
        fill(writer)
    for name, tensor in tensors.items():
        kind = gguf.GGMLQuantizationType[tensor.type]
        if tensor.type in PLAIN:
            array = np.frombuffer(tensor.data, dtype=PLAIN[tensor.type]).reshape(tensor.shape)
            writer.add_tensor(name, array)
        else:
            byte_shape = gguf.quant_shape_to_byte_shape(tensor.shape, kind)
            array = np.frombuffer(tensor.data, dtype=np.uint8).reshape(byte_shape)
            writer.add_tensor(name, array, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@functools.lru_cache(maxsize=3)
def read_source(path: pathlib.Path) -> dict[str, Tensor]:
    """`read` for models that many checks begin with."""
    return read(path)


def read(path: pathlib.Path) -> dict[str, Tensor]:
    return read_gguf(path) if pathlib.Path(path).suffix == ".gguf" else read_safetensors(path)


def values(tensor: Tensor) -> np.ndarray:
    """The numbers as F32, in the tensor's shape, by the gguf package."""
    if tensor.type in PLAIN:
        array = np.frombuffer(tensor.data, dtype=PLAIN[tensor.type])
        return array.astype(np.float32).reshape(tensor.shape)
    kind = gguf.GGMLQuantizationType[tensor.type]
    rows = np.frombuffer(tensor.data, dtype=np.uint8)
    byte_shape = gguf.quant_shape_to_byte_shape(tensor.shape, kind)
    return gguf.quants.dequantize(rows.reshape(byte_shape), kind).reshape(tensor.shape)


def encoded(array: np.ndarray, type_name: str) -> bytes:
    """`array` in another type, by the gguf package."""
    with np.errstate(all="ignore"):
        kind = gguf.GGMLQuantizationType[type_name]
        return gguf.quants.quantize(array.astype(np.float32), kind).tobytes()


def read_safetensors_header(path: pathlib.Path) -> tuple[dict, int]:
    """The header, and where the data begins."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)), 8 + length


def read_safetensors_metadata(path: pathlib.Path) -> dict | None:
    return read_safetensors_header(path)[0].get("__metadata__")


def read_safetensors_in_file_order(path: pathlib.Path) -> dict[str, Tensor]:
    """By hand: the reference reader gives its own order."""
    header, begin = read_safetensors_header(path)
    header.pop("__metadata__", None)
    entries = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
    data = pathlib.Path(path).read_bytes()
    return {
        name: Tensor(e["dtype"], tuple(e["shape"]),
                     data[begin + e["data_offsets"][0]:begin + e["data_offsets"][1]])
        for name, e in entries}
