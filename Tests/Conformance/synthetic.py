"""Llama-shaped models that are made up here, where real ones are too large or too regular."""

import dataclasses
import pathlib

import gguf
import numpy as np

import tensors
from tensors import Tensor


@dataclasses.dataclass(frozen=True)
class Llama:
    """The extents of a Llama; rows have `width` elements, those of `ffn_down` have `inner`."""

    layers: int
    width: int
    inner: int
    vocabulary: int
    heads: int
    kv_heads: int

    def metadata(self, writer):
        """What llama-quantize asks for; there is no tokenizer, which it does not need."""
        writer.add_context_length(64)
        writer.add_embedding_length(self.width)
        writer.add_block_count(self.layers)
        writer.add_feed_forward_length(self.inner)
        writer.add_head_count(self.heads)
        writer.add_head_count_kv(self.kv_heads)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_dimension_count(self.width // self.heads)
        writer.add_vocab_size(self.vocabulary)

    def tensors(self, seed: int) -> dict[str, Tensor]:
        """Weights in F16, norms in F32. Columns differ in size, as those of trained models do."""
        random = np.random.default_rng(seed)

        def weight(*shape):
            columns = 0.05 * np.exp(0.5 * random.normal(size=shape[-1]))
            return Tensor("F16", shape, (random.normal(size=shape) * columns).astype(
                np.float16).tobytes())

        width, inner = self.width, self.inner
        kv_width = width // self.heads * self.kv_heads
        ones = Tensor("F32", (width,), np.ones(width, np.float32).tobytes())
        found = {"token_embd.weight": weight(self.vocabulary, width)}
        for n in range(self.layers):
            block = f"blk.{n}."
            found |= {
                block + "attn_norm.weight": ones,
                block + "attn_q.weight": weight(width, width),
                block + "attn_k.weight": weight(kv_width, width),
                block + "attn_v.weight": weight(kv_width, width),
                block + "attn_output.weight": weight(width, width),
                block + "ffn_norm.weight": ones,
                block + "ffn_gate.weight": weight(inner, width),
                block + "ffn_up.weight": weight(inner, width),
                block + "ffn_down.weight": weight(width, inner),
            }
        return found | {"output_norm.weight": ones, "output.weight": weight(self.vocabulary, width)}

    def write(self, path: pathlib.Path, seed: int = 3, **options):
        tensors.write_gguf(path, self.tensors(seed), fill=self.metadata, **options)


# Enough blocks that each rule about the first, the last and every third of them has its turn.
TWELVE_BLOCKS = Llama(
    layers=12, width=256, inner=768, vocabulary=512, heads=4, kv_heads=1)
# No row is whole blocks of 256, or of 128.
ODD_ROWS = Llama(layers=12, width=288, inner=576, vocabulary=512, heads=4, kv_heads=2)
SMALL = Llama(layers=2, width=256, inner=512, vocabulary=512, heads=4, kv_heads=4)


def write_importance(path: pathlib.Path, weights: dict[str, np.ndarray]):
    """As llama-imatrix writes it, from one column sum each."""
    writer = gguf.GGUFWriter(str(path), "unused")
    writer.add_string("general.type", "imatrix")
    writer.add_array("imatrix.datasets", ["made up"])
    writer.add_uint32("imatrix.chunk_count", 1)
    writer.add_uint32("imatrix.chunk_size", 512)
    for name, sums in weights.items():
        writer.add_tensor(name + ".in_sum2", sums.reshape(1, -1))
        writer.add_tensor(name + ".counts", np.ones((1, 1), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def column_weights(random, columns: dict[str, int]) -> dict[str, np.ndarray]:
    """Spread widely; one in 16 columns is 0. `columns` is the row length of each tensor."""
    found = {}
    for name, count in columns.items():
        weights = np.exp(2 * random.normal(size=count)) * (random.random(count) >= 1 / 16)
        found[name] = weights.astype(np.float32)
    return found


def write_model_importance(path: pathlib.Path, model: dict[str, Tensor], seed: int = 11):
    """For every matrix that llama-imatrix sees at work; the embedding is only looked up."""
    columns = {n: t.shape[-1] for n, t in model.items()
               if len(t.shape) == 2 and n != "token_embd.weight"}
    write_importance(path, column_weights(np.random.default_rng(seed), columns))
