"""Writes Goldens.swift, the answers of the `gguf` package, beside this script.

    pip install gguf==0.19.0 numpy
    python3 make_goldens.py
"""

import pathlib
import warnings

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

MASK = (1 << 64) - 1
BLOCKS = 2048
NAMES = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]
# Where the package differs from the C code that it follows: docs/decisions/0035-zeros-follow-c.md.
NOT_AS_C = [("all negative zero", "Q4_0"), ("all negative zero", "Q5_0")]


def random_values():
    """The same values as `goldenValues()` in GoldenTests.swift, exact in F32."""
    state, values = 1, np.empty(BLOCKS * 32, np.float32)
    for index in range(values.size):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        exponent = index // 32 % 40 - 48
        values[index] = np.ldexp(np.float32((z >> 40) - (1 << 23)), exponent)
    return values


def special_blocks():
    ramp = np.arange(32, dtype=np.float32)
    rows = {
        "all zero": 0 * ramp,
        "all negative zero": -(0 * ramp),
        "constant": 0 * ramp + 0.1,
        "negative constant": 0 * ramp - 3,
        "halves between the codes of Q8_0": np.append(ramp[:31] - 15.5, 127),
        "halves between the codes of Q4_0": np.append(ramp[:31] / 2 - 7.5, -8),
        "opposite peaks, the positive one first": np.append([5, -5], ramp[:30] / 10),
        "opposite peaks, the negative one first": np.append([-5, 5], ramp[:30] / 10),
        "one outlier": np.append(ramp[:31] * 1e-6, 1000),
        "scale is an F16 subnormal": ramp * 1e-6,
        "scale rounds to the F16 zero": ramp * 1e-12,
        "scale rounds to the F32 zero": 0 * ramp + 1e-45,
        "reciprocal of the scale overflows": (ramp - 7) * np.float32(1e-42),
        "scale overflows F16": (ramp - 3) * 1e7,
        "range overflows F32": np.append(np.full(31, -3e38), 3e38),
        "smallest reciprocal": (ramp + 1) * 1e37,
    }
    return {name: np.asarray(row, np.float32) for name, row in rows.items()}


def fnv(data):
    state = 0xCBF29CE484222325
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return state


def encode(values, name):
    return quantize(values, gguf.GGMLQuantizationType[name])


def literal(data, indent):
    text = data.tobytes().hex()
    lines = [text[i : i + 80] for i in range(0, len(text), 80)]
    return f'"""\n{indent}' + f"\\\n{indent}".join(lines) + f'\n{indent}"""'


def main():
    warnings.simplefilter("ignore")
    out = [
        "// Made by make_goldens.py with gguf 0.19.0; do not edit.",
        "",
        "struct Golden {",
        "  let name: String",
        "  let values: String",
        "  let blocks: [String: String]",
        "}",
        "",
        "let goldenHashes: [(encoding: String, encoded: UInt64, decoded: UInt64)] = [",
    ]
    values = random_values().reshape(BLOCKS // 16, 512)
    for name in NAMES:
        data = encode(values, name)
        decoded = dequantize(data, gguf.GGMLQuantizationType[name])
        digits = [f"{fnv(item.tobytes()):016X}" for item in (data, decoded)]
        hashes = ["0x" + "_".join(h[i : i + 4] for i in range(0, 16, 4)) for h in digits]
        out.append(f'  ("{name}", {hashes[0]}, {hashes[1]}),')
    out += ["]", "", "let goldenBlocks: [Golden] = ["]
    for title, row in special_blocks().items():
        out += ["  Golden(", f'    name: "{title}",']
        out.append(f"    values: {literal(row, ' ' * 6)},")
        out.append("    blocks: [")
        for name in NAMES[2:]:
            if (title, name) in NOT_AS_C:
                continue
            block = encode(row.reshape(1, 32), name)
            out.append(f'      "{name}": "{block.tobytes().hex()}",')
        out += ["    ]),"]
    out.append("]")
    path = pathlib.Path(__file__).with_name("Goldens.swift")
    path.write_text("\n".join(out) + "\n")


main()
