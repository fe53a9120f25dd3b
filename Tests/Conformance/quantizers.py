"""Part `quantizers`: bytes equal to `gguf.quants`, on made-up blocks and on both real models."""

import re

import gguf
import numpy as np

from checks import equal, scratch
import tensors
from tensors import Tensor

TYPES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "F16", "BF16"]
# F16 numbers at the start of a block.
HALF_SCALES = {"Q8_0": 1, "Q4_0": 1, "Q5_0": 1, "Q4_1": 2, "Q5_1": 2}
# Tensors that every recipe quantizes, so that a recipe that keeps too much cannot pass.
ALWAYS = {
    "smollm2": re.compile(r"blk\.\d+\.(attn_[qkv]|attn_output|ffn_(up|down|gate))\.weight"),
    "minilm": re.compile(r"encoder\.layer\.\d+\..*(query|key|value|dense)\.weight"),
}
ALWAYS_COUNT = {"smollm2": 210, "minilm": 36}


def made_up(random, tiny: float) -> dict[str, np.ndarray]:
    """Blocks that break quantizers. All scales stay within F16, so none may be refused.

    No block of zeros alone has one with a sign: where numpy looks for a minimum, which of the two it
    takes depends on its own vector code, and where it looks for a peak, it takes the first, unlike
    ggml (docs/decisions/0035-zeros-follow-c.md). The part `ggml_types` asks ggml itself.
    """
    shape = (64, 256)
    heavy = np.clip(random.standard_t(1.5, shape), -6e4, 6e4)
    outlier = random.normal(size=shape)
    outlier[:, ::32] *= 1000
    ties = random.integers(-254, 255, shape) / 2.0
    ties[:, ::32] = 127
    sign = np.where(random.random(shape) < 0.5, 1.0, -1.0)
    arrays = {
        "normal": random.normal(size=shape),
        "small": random.normal(size=shape) * 1e-3,
        "heavy": heavy,
        "outlier": outlier,
        "zero": np.zeros(shape),
        "constant": np.full(shape, 0.7071),
        "one_sign": np.abs(random.normal(size=shape)),
        "negative": -np.abs(random.normal(size=shape)),
        "ties": ties,
        "huge": random.normal(size=shape).clip(-1, 1) * 6e4,
        "two_values": sign * 3.25,
        "tiny": random.normal(size=shape) * tiny,
        "half_zero": random.normal(size=shape) * (random.random(shape) < 0.5),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def named(arrays, type_name="F32", dtype=np.float32) -> dict[str, Tensor]:
    return {f"blk.{n}.ffn_up.weight": Tensor(type_name, a.shape, a.astype(dtype).tobytes())
            for n, a in enumerate(arrays.values())}


def random_blocks(random, type_name: str, count: int) -> bytes:
    """Any codes, and scales (and minima) that are finite."""
    _, byte_count = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[type_name]]
    blocks = random.integers(0, 256, (count, byte_count), dtype=np.uint8)
    halves = HALF_SCALES[type_name]
    scales = random.normal(size=(count, halves)).astype(np.float16)
    blocks[:, :2 * halves] = scales.view(np.uint8)
    return blocks.tobytes()


def compare(source: dict[str, Tensor], output: dict[str, Tensor], type_name: str) -> dict:
    """Every tensor either kept its type and bits, or holds what the gguf package makes of it."""
    equal(sorted(output), sorted(source), "tensor names")
    changed = {}
    for name, before in source.items():
        after = output[name]
        equal(after.shape, before.shape, f"{name}: shape")
        if after.type == before.type:
            assert after.data == before.data, f"{name}: kept as {after.type}, bytes differ"
            continue
        expected = tensors.encoded(tensors.values(before), after.type)
        if after.data != expected:
            at = next(i for i, (a, b) in enumerate(zip(after.data, expected)) if a != b)
            raise AssertionError(f"{name}: {before.type} to {after.type} differs at byte {at}")
        changed[name] = after.type
    equal(set(changed.values()) - {type_name}, set(), "types besides the one asked for")
    return changed


def run(report, options):
    ingot = options.ingot
    random = np.random.default_rng(7)

    for source_type, dtype, tiny in [("F16", np.float16, 1e-6), ("F32", np.float32, 1e-36)]:
        arrays = made_up(random, tiny)
        with scratch() as folder:
            source = named(arrays, source_type, dtype)
            tensors.write_gguf(folder / "in.gguf", source)
            for type_name in TYPES:
                if type_name == source_type:
                    continue
                title = f"{source_type} to {type_name}: {len(arrays)} kinds of blocks"
                with report.check(title):
                    output = folder / f"{type_name}.gguf"
                    ingot.run("convert", folder / "in.gguf", "-o", output, "-q", type_name,
                              "--pure")
                    changed = compare(source, tensors.read_gguf(output), type_name)
                    equal(len(changed), len(arrays), "tensors changed")

    with report.check("decoding: blocks of random bits to F32"), scratch() as folder:
        source = {
            f"blk.{number}.ffn_up.weight": Tensor(name, (64, 256), random_blocks(random, name, 512))
            for number, name in enumerate(HALF_SCALES)}
        tensors.write_gguf(folder / "in.gguf", source)
        ingot.run("convert", folder / "in.gguf", "-o", folder / "out.safetensors", "-q", "F32",
                  "--pure", "--allow-requantize", "--generic")
        for name, tensor in tensors.read_safetensors(folder / "out.safetensors").items():
            equal(tensor.type, "F32", f"{name}: type")
            assert tensor.data == tensors.values(source[name]).tobytes(), f"{name}: numbers differ"

    with report.check("a value that F16 cannot hold is refused, not made infinite"), \
            scratch() as folder:
        far = np.ones((2, 32), np.float32)
        far[1, 3] = 1e6
        tensors.write_gguf(folder / "in.gguf", named({"far": far}))
        result = ingot.run("convert", folder / "in.gguf", "-o", folder / "out.gguf", "-q", "F16",
                           expect=4)
        assert "blk.0.ffn_up.weight" in result.stderr, f"the tensor is not named: {result}"
        assert not (folder / "out.gguf").exists(), "a refused conversion left its output"

    for name, source_path in options.models():
        source = tensors.read_source(source_path)
        for type_name in TYPES:
            title = f"{name} to {type_name}: all {len(source)} tensors"
            with report.check(title), scratch() as folder:
                output = folder / "out.gguf"
                ingot.run("convert", source_path, "-o", output, "-q", type_name, "--pure",
                          "--allow-requantize", "--generic")
                found = tensors.read_gguf(output)
                compare(source, found, type_name)
                quantized = [n for n, t in found.items()
                             if t.type == type_name and ALWAYS[name].fullmatch(n)]
                equal(len(quantized), ALWAYS_COUNT[name], f"weights in {type_name}")
