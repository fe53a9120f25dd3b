#!/usr/bin/env python3
"""Writes a Llama-shaped F16 GGUF of about MEGABYTES, seeded: make_model.py OUT MEGABYTES

The shapes are TinyLlama's with fewer layers, so the quantizers see the row lengths of real models.
It has the metadata that llama-quantize asks for and no tokenizer, which it does not.
"""

import os
import pathlib
import sys

import gguf
import numpy as np

WIDTH, INNER, VOCABULARY, HEADS, KV_HEADS = 2048, 5632, 32000, 32, 4


def shapes(megabytes: int) -> tuple[list[tuple[str, tuple]], int]:
    kv_width = WIDTH // HEADS * KV_HEADS
    # Small models get a small vocabulary, or it would be all there is.
    vocabulary = VOCABULARY if megabytes >= 500 else 1024
    layer = 2 * WIDTH * WIDTH + 2 * kv_width * WIDTH + 3 * INNER * WIDTH
    layers = max(1, round((megabytes * 1e6 / 2 - 2 * vocabulary * WIDTH) / layer))
    result = [("token_embd.weight", (vocabulary, WIDTH))]
    for n in range(layers):
        result += [
            (f"blk.{n}.attn_norm.weight", (WIDTH,)),
            (f"blk.{n}.attn_q.weight", (WIDTH, WIDTH)),
            (f"blk.{n}.attn_k.weight", (kv_width, WIDTH)),
            (f"blk.{n}.attn_v.weight", (kv_width, WIDTH)),
            (f"blk.{n}.attn_output.weight", (WIDTH, WIDTH)),
            (f"blk.{n}.ffn_norm.weight", (WIDTH,)),
            (f"blk.{n}.ffn_gate.weight", (INNER, WIDTH)),
            (f"blk.{n}.ffn_up.weight", (INNER, WIDTH)),
            (f"blk.{n}.ffn_down.weight", (WIDTH, INNER)),
        ]
    result += [("output_norm.weight", (WIDTH,)), ("output.weight", (vocabulary, WIDTH))]
    return result, layers


def main():
    path, megabytes = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    partial = path.with_suffix(".partial")
    tensors, layers = shapes(megabytes)
    writer = gguf.GGUFWriter(str(partial), "llama")
    writer.add_name("Llama-shaped benchmark")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(tensors[0][1][0])
    for name, shape in tensors:
        dtype = np.dtype(np.float32 if len(shape) == 1 else np.float16)
        writer.add_tensor_info(name, shape, dtype, int(np.prod(shape)) * dtype.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    random = np.random.default_rng(20261122)
    for name, shape in tensors:
        if len(shape) == 1:
            array = np.ones(shape, np.float32)
        else:
            array = (random.standard_normal(shape, np.float32) * np.float32(0.02)).astype(
                np.float16)
        writer.write_tensor_data(array)
    writer.close()
    os.replace(partial, path)
    print(f"{path}: {path.stat().st_size} bytes, {len(tensors)} tensors", file=sys.stderr)


if __name__ == "__main__":
    main()
