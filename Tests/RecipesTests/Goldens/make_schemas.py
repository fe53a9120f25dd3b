#!/usr/bin/env python3
"""Writes the tables that MixtureTests compares presets with: one JSON file a model, here.

    make_schemas.py SNAPSHOTS [FOLDER]

SNAPSHOTS is llama.cpp's tests/snapshots (b11434). Its .schema files say, for each of twelve models
and each file type, the default type and the tensors that get another one; they say neither the
tensors that always get the default nor any shape. llama.cpp's own test reads those from the models'
files on Hugging Face. Here they come from the published hyperparameters, in MODELS below; what a
schema lists must be there, and the tensors that a schema lists under MXFP4_MOE must be exactly those
that are no stacked experts.

FOLDER, if given, holds libllama.so and libggml-base.so of llama.cpp. Then the tables of the twelve
models are computed once more by the library from the shapes below and must be the same, and the
models of LIBRARY_MODELS, for rules that none of the twelve reaches, are written from the library's
answer. Without FOLDER those are left as they are.
"""

import ctypes
import json
import pathlib
import re
import sys

FILE_TYPES = {
    "F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10,
    "Q3_K_S": 11, "Q3_K_M": 12, "Q3_K_L": 13, "Q4_K_S": 14, "Q4_K_M": 15, "Q5_K_S": 16,
    "Q5_K_M": 17, "Q6_K": 18, "IQ2_XXS": 19, "IQ2_XS": 20, "Q2_K_S": 21, "IQ3_XS": 22,
    "IQ3_XXS": 23, "IQ1_S": 24, "IQ4_NL": 25, "IQ3_S": 26, "IQ3_M": 27, "IQ2_S": 28, "IQ2_M": 29,
    "IQ4_XS": 30, "IQ1_M": 31, "BF16": 32, "TQ1_0": 36, "TQ2_0": 37, "MXFP4_MOE": 38, "Q1_0": 40,
    "Q2_0": 41,
}
# Rows of these need 128 and 64 elements or another type; the library throws where 128 does not fit.
LIBRARY_ONLY = {"Q1_0", "Q2_0"}


def llama(layers, embedding, q, kv, ffn, output=True):
    """Dense blocks: `q` and `kv` are the rows of attn_q and attn_k, `ffn` the rows of ffn_up."""
    tensors = [("token_embd.weight", [1000, embedding])]
    if output:
        tensors.append(("output.weight", [1000, embedding]))
    for i in layers:
        tensors += attention(i, embedding, q, kv) + dense(i, embedding, ffn)
    return tensors


def attention(i, embedding, q, kv, output=None):
    return [
        (f"blk.{i}.attn_q.weight", [q, embedding]),
        (f"blk.{i}.attn_k.weight", [kv, embedding]),
        (f"blk.{i}.attn_v.weight", [kv, embedding]),
        (f"blk.{i}.attn_output.weight", [embedding, output or q]),
    ]


def dense(i, embedding, ffn, suffix=""):
    return [
        (f"blk.{i}.ffn_gate{suffix}.weight", [ffn, embedding]),
        (f"blk.{i}.ffn_up{suffix}.weight", [ffn, embedding]),
        (f"blk.{i}.ffn_down{suffix}.weight", [embedding, ffn]),
    ]


def experts(i, embedding, ffn, count):
    return [
        (f"blk.{i}.ffn_gate_exps.weight", [count, ffn, embedding]),
        (f"blk.{i}.ffn_up_exps.weight", [count, ffn, embedding]),
        (f"blk.{i}.ffn_down_exps.weight", [count, embedding, ffn]),
    ]


def ends(embedding, output=True):
    result = [("token_embd.weight", [1000, embedding])]
    return result + [("output.weight", [1000, embedding])] if output else result


def deepseek():
    tensors = ends(7168)
    for i in range(61):
        tensors += [
            (f"blk.{i}.attn_q_a.weight", [1536, 7168]),
            (f"blk.{i}.attn_q_b.weight", [128 * 192, 1536]),
            (f"blk.{i}.attn_kv_a_mqa.weight", [576, 7168]),
            (f"blk.{i}.attn_k_b.weight", [128, 512, 128]),
            (f"blk.{i}.attn_v_b.weight", [128, 128, 512]),
            (f"blk.{i}.attn_output.weight", [7168, 16384]),
        ]
        if i < 3:
            tensors += dense(i, 7168, 18432)
        else:
            tensors += experts(i, 7168, 2048, 256) + dense(i, 7168, 2048, "_shexp")
    return tensors


def glm():
    tensors = ends(4096)
    for i in range(46):
        tensors += attention(i, 4096, 12288, 1024)
        if i < 1:
            tensors += dense(i, 4096, 10944)
        else:
            tensors += experts(i, 4096, 1408, 128) + dense(i, 4096, 1408, "_shexp")
    return tensors


def gpt_oss():
    tensors = ends(2880)
    for i in range(36):
        tensors += attention(i, 2880, 4096, 512) + experts(i, 2880, 2880, 128)
    return tensors


def nemotron():
    tensors = ends(2688)
    for i, layer in enumerate("MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"):
        if layer == "M":
            tensors += [
                (f"blk.{i}.ssm_in.weight", [10304, 2688]),
                (f"blk.{i}.ssm_out.weight", [2688, 4096]),
            ]
        elif layer == "*":
            tensors += attention(i, 2688, 4096, 256)
        else:
            tensors += [
                (f"blk.{i}.ffn_up_exps.weight", [128, 1856, 2688]),
                (f"blk.{i}.ffn_down_exps.weight", [128, 2688, 1856]),
                (f"blk.{i}.ffn_up_shexp.weight", [3712, 2688]),
                (f"blk.{i}.ffn_down_shexp.weight", [2688, 3712]),
            ]
    return tensors


def qwen_hybrid(layers, embedding, q, kv, inner, small, feed_forward):
    """Three layers of linear attention, then one of full attention whose attn_q holds a gate too."""
    tensors = ends(embedding)
    for i in range(layers):
        if i % 4 == 3:
            tensors += attention(i, embedding, 2 * q, kv, output=q)
        else:
            tensors += [
                (f"blk.{i}.attn_qkv.weight", [2 * inner, embedding]),
                (f"blk.{i}.attn_gate.weight", [inner, embedding]),
                (f"blk.{i}.ssm_out.weight", [embedding, inner]),
            ]
            tensors += [(f"blk.{i}.{name}.weight", [64, embedding]) for name in small]
        tensors += feed_forward(i)
    return tensors


def routed(embedding, ffn, count, shared):
    return lambda i: experts(i, embedding, ffn, count) + dense(i, embedding, shared, "_shexp")


def step():
    tensors = ends(4096)
    for i in range(45):
        q = 8192 if i % 4 == 0 else 12288
        tensors += attention(i, 4096, q, 1024) + [(f"blk.{i}.attn_gate.weight", [96, 4096])]
        if i < 3:
            tensors += dense(i, 4096, 11264)
        else:
            tensors += experts(i, 4096, 1280, 288) + dense(i, 4096, 1280, "_shexp")
    return tensors


# File, architecture, layers, heads, key and value heads of the first layer, experts, tensors.
MODELS = [
    ("deepseek-v3.1", "deepseek2", 61, 128, 1, 256, deepseek()),
    ("gemma-3-4b-it", "gemma3", 34, 8, 4, 0, llama(range(34), 2560, 2048, 1024, 10240, False)),
    ("glm-4.6v", "glm4moe", 46, 96, 8, 128, glm()),
    ("gpt-oss-120b", "gpt-oss", 36, 64, 8, 128, gpt_oss()),
    ("meta-llama-3.1-70b-instruct", "llama", 80, 64, 8, 0,
     llama(range(80), 8192, 8192, 1024, 28672)),
    ("nvidia-nemotron-3-nano-30b-a3b", "nemotron_h_moe", 52, 32, 0, 128, nemotron()),
    ("qwen3-0.6b", "qwen3", 28, 16, 8, 0, llama(range(28), 1024, 2048, 1024, 3072)),
    ("qwen3-14b", "qwen3", 40, 40, 8, 0, llama(range(40), 5120, 5120, 1024, 17408)),
    ("qwen3-coder-next", "qwen3next", 48, 16, 2, 512,
     qwen_hybrid(48, 2048, 4096, 512, 4096, ["ssm_ba"], routed(2048, 512, 512, 512))),
    ("qwen3.5-397b-a17b", "qwen35moe", 60, 32, 2, 512,
     qwen_hybrid(60, 4096, 8192, 512, 8192, ["ssm_alpha", "ssm_beta"],
                 routed(4096, 1024, 512, 1024))),
    ("qwen3.6-27b", "qwen35", 64, 24, 4, 0,
     qwen_hybrid(64, 5120, 6144, 1024, 6144, ["ssm_alpha", "ssm_beta"],
                 lambda i: dense(i, 5120, 17408))),
    ("step-3.5-flash", "step35", 45, 64, 8, 288, step()),
]


def falcon():
    tensors = ends(4544, False)
    for i in range(32):
        tensors += [
            (f"blk.{i}.attn_qkv.weight", [4672, 4544]),
            (f"blk.{i}.attn_output.weight", [4544, 4544]),
            (f"blk.{i}.ffn_up.weight", [18176, 4544]),
            (f"blk.{i}.ffn_down.weight", [4544, 18176]),
        ]
    return tensors


def falcon_40b():
    tensors = ends(8192)
    for i in range(60):
        tensors += [
            (f"blk.{i}.attn_qkv.weight", [9216, 8192]),
            (f"blk.{i}.attn_output.weight", [8192, 8192]),
            (f"blk.{i}.ffn_up.weight", [32768, 8192]),
            (f"blk.{i}.ffn_down.weight", [8192, 32768]),
        ]
    return tensors


def mixtral():
    tensors = ends(4096)
    for i in range(32):
        tensors += attention(i, 4096, 4096, 1024) + experts(i, 4096, 14336, 8)
    return tensors


def mixtral_split():
    """The first Mixtral files: one tensor an expert."""
    tensors = ends(4096)
    for i in range(4):
        tensors += attention(i, 4096, 4096, 1024)
        for e in range(8):
            tensors += [
                (f"blk.{i}.ffn_gate.{e}.weight", [14336, 4096]),
                (f"blk.{i}.ffn_up.{e}.weight", [14336, 4096]),
                (f"blk.{i}.ffn_down.{e}.weight", [4096, 14336]),
            ]
    return tensors


def deepseek_lite():
    """With attn_kv_b, as files were before its two halves were stored apart."""
    tensors = ends(2048)
    for i in range(27):
        tensors += [
            (f"blk.{i}.attn_q.weight", [3072, 2048]),
            (f"blk.{i}.attn_kv_a_mqa.weight", [576, 2048]),
            (f"blk.{i}.attn_kv_b.weight", [4096, 512]),
            (f"blk.{i}.attn_output.weight", [2048, 2048]),
        ]
        if i < 1:
            tensors += dense(i, 2048, 10944)
        else:
            tensors += experts(i, 2048, 1408, 64) + dense(i, 2048, 2816, "_shexp")
    return tensors


def t5():
    tensors = ends(512)
    for i in range(12):
        for side in ["enc", "dec"]:
            tensors += [
                (f"{side}.blk.{i}.attn_q.weight", [384, 512]),
                (f"{side}.blk.{i}.attn_k.weight", [384, 512]),
                (f"{side}.blk.{i}.attn_v.weight", [384, 512]),
                (f"{side}.blk.{i}.attn_o.weight", [512, 384]),
                (f"{side}.blk.{i}.ffn_gate.weight", [1024, 512]),
                (f"{side}.blk.{i}.ffn_up.weight", [1024, 512]),
                (f"{side}.blk.{i}.ffn_down.weight", [512, 1024]),
            ]
        for name in ["q", "k", "v"]:
            tensors.append((f"dec.blk.{i}.cross_attn_{name}.weight", [384, 512]))
        tensors.append((f"dec.blk.{i}.cross_attn_o.weight", [512, 384]))
    return tensors


def glm5():
    tensors = ends(2048)
    for i in range(8):
        tensors += [
            (f"blk.{i}.attn_q_a.weight", [1536, 2048]),
            (f"blk.{i}.attn_q_b.weight", [4096, 1536]),
            (f"blk.{i}.attn_output.weight", [2048, 4096]),
            (f"blk.{i}.nextn.eh_proj.weight", [2048, 4096]),
            (f"blk.{i}.ssm_out.weight", [2048, 4096]),
        ] + experts(i, 2048, 1024, 64) + dense(i, 2048, 1024, "_shexp")
    return tensors


def ling():
    tensors = ends(2048)
    for i in range(8):
        tensors += [
            (f"blk.{i}.attn_k_b.weight", [16, 512, 128]),
            (f"blk.{i}.attn_v_b.weight", [16, 128, 512]),
            (f"blk.{i}.attn_output.weight", [2048, 2048]),
        ] + experts(i, 2048, 1024, 64)
    return tensors


def gemma_3n():
    return llama(range(35), 2048, 2048, 512, 16384, False) + [
        ("per_layer_token_embd.weight", [1000, 8960])
    ]


LIBRARY_MODELS = [
    ("library-falcon-7b", "falcon", 32, 71, 1, 0, falcon()),
    ("library-falcon-40b", "falcon", 60, 128, 8, 0, falcon_40b()),
    ("library-mixtral-8x7b", "llama", 32, 32, 8, 8, mixtral()),
    ("library-mixtral-one-tensor-an-expert", "llama", 4, 32, 8, 8, mixtral_split()),
    ("library-llama-2-7b", "llama", 32, 32, 32, 0, llama(range(32), 4096, 4096, 4096, 11008)),
    ("library-llama-65b", "llama", 80, 64, 64, 0, llama(range(80), 8192, 8192, 8192, 22016)),
    ("library-smollm2-135m", "llama", 30, 9, 3, 0, llama(range(30), 576, 576, 192, 1536, False)),
    ("library-rows-of-40", "llama", 5, 2, 2, 0, llama(range(5), 40, 40, 40, 168)),
    ("library-deepseek-v2-lite", "deepseek2", 27, 16, 16, 64, deepseek_lite()),
    ("library-t5-small", "t5", 12, 6, 6, 0, t5()),
    ("library-glm5-next", "glm5-next", 8, 16, 1, 64, glm5()),
    ("library-bailingmoe3", "bailingmoe3", 8, 16, 1, 64, ling()),
    ("library-gemma-3n", "gemma3n", 35, 8, 2, 0, gemma_3n()),
]


def order(name):
    """The order in which llama-quantize goes through a model."""
    block = re.match(r"blk\.(\d+)\.", name)
    return (int(block[1]) if block else -1, name)


def spell(type_name):
    """ggml's names of types are in lower case, but for the K."""
    return type_name.upper()


def read_schema(path):
    sections, current = {}, None
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        header = re.fullmatch(r"\[(\w+)\] (\w+)", line)
        if header:
            current = {}
            sections[header[1]] = (spell(header[2]), current)
        else:
            name, type_name = line.rsplit(" ", 1)
            current[name] = spell(type_name)
    return sections


def check(model, sections):
    """The shapes must explain what the schema lists."""
    shapes = dict(model[6])
    listed = set().union(*(exceptions for _, exceptions in sections.values()))
    missing = listed - set(shapes)
    assert not missing, (model[0], sorted(missing)[:8])
    matrices = {name for name, shape in shapes.items() if len(shape) == 2}
    assert set(sections["MXFP4_MOE"][1]) == matrices, model[0]


def ranges(numbers):
    parts, start = [], 0
    numbers = sorted(numbers)
    for i in range(len(numbers)):
        if i + 1 == len(numbers) or numbers[i + 1] != numbers[i] + 1:
            first, last = numbers[start], numbers[i]
            parts.append(str(first) if first == last else f"{first}-{last}")
            start = i + 1
    return ",".join(parts)


def compact(names):
    """blk.0.x, blk.1.x, blk.2.x is written blk.{0-2}.x."""
    groups = {}
    for name in names:
        block = re.fullmatch(r"((?:\w+\.)?blk)\.(\d+)\.(.*)", name)
        key = (block[1], block[3]) if block else (name, None)
        groups.setdefault(key, []).append(int(block[2]) if block else 0)
    return [
        prefix if rest is None else f"{prefix}.{{{ranges(blocks)}}}.{rest}"
        for (prefix, rest), blocks in groups.items()
    ]


def write(model, sections):
    name, architecture, layers, heads, kv_heads, expert_count, tensors = model
    shapes = {}
    for tensor, shape in tensors:
        shapes.setdefault(tuple(shape), []).append(tensor)
    types = {}
    for file_type, (default, exceptions) in sections.items():
        by_type = {}
        for tensor in sorted(exceptions, key=order):
            by_type.setdefault(exceptions[tensor], []).append(tensor)
        types[file_type] = {
            "default": default, **{k: compact(v) for k, v in sorted(by_type.items())}
        }
    lines = ["{"]
    for key, value in [
        ("architecture", architecture), ("layers", layers), ("heads", heads),
        ("keyValueHeads", kv_heads), ("experts", expert_count),
    ]:
        lines.append(f' "{key}": {json.dumps(value)},')
    lines.append(' "tensors": [')
    lines.append(",\n".join(
        f"  {json.dumps([list(shape), compact(names)])}" for shape, names in shapes.items()))
    lines.append(' ],\n "types": {')
    lines.append(",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in types.items()))
    lines.append(" }\n}\n")
    here = pathlib.Path(__file__).parent
    (here / f"{name}.json").write_text("\n".join(lines))


class Description(ctypes.Structure):
    """llama_quant_model_desc of src/llama-ext.h."""

    _fields_ = [("architecture", ctypes.c_char_p)] + [
        (name, ctypes.c_uint32)
        for name in "embd ff layer head head_kv expert embd_head_k embd_head_v".split()
    ]


class Parameters(ctypes.Structure):
    """llama_model_quantize_params of include/llama.h, which is returned by value."""

    _fields_ = [("words", ctypes.c_int64 * 16)]


class Memory(ctypes.Structure):
    """ggml_init_params."""

    _fields_ = [
        ("byte_count", ctypes.c_size_t), ("buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool)
    ]


class Library:
    """llama.cpp's own decisions, from the functions that its test uses."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.ggml = ctypes.CDLL(str(folder / "libggml-base.so"), ctypes.RTLD_GLOBAL)
        self.llama = ctypes.CDLL(str(folder / "libllama.so"), ctypes.RTLD_GLOBAL)
        self.parameters = self.function("llama_model_quantize_default_params", Parameters)()

    def function(self, name, result, *arguments):
        library = self.ggml if name.startswith("ggml") else self.llama
        function = library[name]
        function.restype, function.argtypes = result, arguments
        return function

    def tables(self, model, file_types):
        name, architecture, layers, heads, kv_heads, expert_count, tensors = model
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        description = Description(
            architecture.encode(), 64, 64, layers, heads, kv_heads, expert_count, 64, 64)
        make = self.function(
            "_Z31llama_quant_model_from_metadataPK22llama_quant_model_desc", pointer, pointer)
        start = self.function(
            "_Z16llama_quant_initPK11llama_modelPK27llama_model_quantize_params", pointer, pointer,
            pointer)
        allows = self.function(
            "_Z38llama_quant_tensor_allows_quantizationPK19quantize_state_implPK11ggml_tensor",
            ctypes.c_bool, pointer, pointer)
        compute = self.function(
            "_Z25llama_quant_compute_typesP19quantize_state_impl11llama_ftypePP11ggml_tensor"
            "P9ggml_typem", None, pointer, ctypes.c_int, pointer, pointer, ctypes.c_size_t)
        default = self.function(
            "_Z28llama_ftype_get_default_type11llama_ftype", ctypes.c_int, ctypes.c_int)
        state = start(make(ctypes.byref(description)), ctypes.byref(self.parameters))
        context = self.function("ggml_init", pointer, Memory)(
            Memory(1024 * len(tensors) + 65536, None, True))
        new = self.function(
            "ggml_new_tensor_4d", pointer, pointer, ctypes.c_int, integer, integer, integer, integer)
        call = self.function("ggml_set_name", pointer, pointer, ctypes.c_char_p)
        names, made = [], []
        for tensor, shape in sorted(tensors, key=lambda t: order(t[0])):
            extents = (shape[::-1] + [1, 1, 1])[:4]
            one = new(context, 0, *extents)
            call(one, tensor.encode())
            assert allows(state, one), tensor
            names.append(tensor)
            made.append(one)
        array = (pointer * len(made))(*made)
        answer = (ctypes.c_int * len(made))()
        type_name = self.function("ggml_type_name", ctypes.c_char_p, ctypes.c_int)
        result = {}
        for file_type in file_types:
            number = FILE_TYPES[file_type]
            compute(state, number, array, answer, len(made))
            usual = spell(type_name(default(number)).decode())
            found = {n: spell(type_name(t).decode()) for n, t in zip(names, answer)}
            result[file_type] = (usual, {n: t for n, t in found.items() if t != usual})
        return result


def main():
    snapshots = pathlib.Path(sys.argv[1])
    library = Library(sys.argv[2]) if len(sys.argv) > 2 else None
    for model in MODELS:
        sections = read_schema(snapshots / f"{model[0]}.schema")
        assert set(sections) == set(FILE_TYPES) - LIBRARY_ONLY
        check(model, sections)
        if library:
            assert library.tables(model, sections) == sections, model[0]
        write(model, sections)
    for model in LIBRARY_MODELS if library else []:
        fits = all(shape[-1] % 128 == 0 for _, shape in model[6])
        file_types = [t for t in FILE_TYPES if fits or t != "Q1_0"]
        write(model, library.tables(model, file_types))


if __name__ == "__main__":
    main()
