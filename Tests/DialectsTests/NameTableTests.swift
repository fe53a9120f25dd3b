import Tensors
import Testing

@testable import Dialects

@Suite struct NameTableTests {
  @Test(arguments: [
    ("token_embd.weight", TensorMeaning(.tokenEmbedding)),
    ("per_layer_token_embd.weight", TensorMeaning(.tokenEmbedding)),
    ("output.weight", TensorMeaning(.output)),
    ("output.bias", TensorMeaning(.bias)),
    ("output_norm.weight", TensorMeaning(.norm)),
    ("position_embd.weight", TensorMeaning(.positionEmbedding)),
    ("token_types.weight", TensorMeaning(.tokenTypes)),
    ("token_embd_norm.bias", TensorMeaning(.norm)),
    ("rope_freqs.weight", TensorMeaning(.ropeFrequencies)),
    ("cls.output.weight", TensorMeaning(.classifier)),
    ("blk.0.attn_q.weight", TensorMeaning(.attentionQ, block: 0)),
    ("blk.12.attn_k.bias", TensorMeaning(.bias, block: 12)),
    ("blk.3.attn_v.weight", TensorMeaning(.attentionV, block: 3)),
    ("blk.3.attn_qkv.weight", TensorMeaning(.attentionQKV, block: 3)),
    ("blk.3.attn_kv_a_mqa.weight", TensorMeaning(.attentionLatent, block: 3)),
    ("blk.3.attn_kv_b.weight", TensorMeaning(.attentionKVB, block: 3)),
    ("dec.blk.3.cross_attn_o.weight", TensorMeaning(.other, block: 3)),
    ("blk.3.attn_output.weight", TensorMeaning(.attentionOutput, block: 3)),
    ("blk.3.attn_q_norm.weight", TensorMeaning(.norm, block: 3)),
    ("blk.3.ffn_gate.weight", TensorMeaning(.ffnGate, block: 3)),
    ("blk.3.ffn_up_shexp.weight", TensorMeaning(.ffnUp, block: 3)),
    ("blk.3.ffn_down_exps.weight", TensorMeaning(.expertDown, block: 3)),
    ("blk.3.ffn_gate_inp.weight", TensorMeaning(.router, block: 3)),
    ("blk.3.ssm_conv1d.weight", TensorMeaning(.convolution, block: 3)),
    ("blk.3.ssm_a", TensorMeaning(.recurrent, block: 3)),
    ("enc.blk.5.attn_q.weight", TensorMeaning(.attentionQ, block: 5)),
    ("v.blk.5.ffn_down.weight", TensorMeaning(.ffnDown, block: 5)),
    ("blk.x.attn_q.weight", TensorMeaning(.other)),
    ("nonsense", TensorMeaning(.other)),
  ])
  func readsLlamaCppNames(name: String, meaning: TensorMeaning) {
    #expect(Dialect.llamaCpp.meaning(of: name) == meaning)
  }

  @Test(arguments: [
    ("model.embed_tokens.weight", TensorMeaning(.tokenEmbedding)),
    ("language_model.model.embed_tokens.weight", TensorMeaning(.tokenEmbedding)),
    ("transformer.wte.weight", TensorMeaning(.tokenEmbedding)),
    ("embeddings.word_embeddings.weight", TensorMeaning(.tokenEmbedding)),
    ("bert.embeddings.position_embeddings.weight", TensorMeaning(.positionEmbedding)),
    ("embeddings.token_type_embeddings.weight", TensorMeaning(.tokenTypes)),
    ("embeddings.position_ids", TensorMeaning(.buffer)),
    ("embeddings.LayerNorm.bias", TensorMeaning(.norm)),
    ("lm_head.weight", TensorMeaning(.output)),
    ("model.norm.weight", TensorMeaning(.norm)),
    ("pooler.dense.weight", TensorMeaning(.pooler)),
    ("classifier.weight", TensorMeaning(.classifier)),
    ("model.layers.7.self_attn.q_proj.weight", TensorMeaning(.attentionQ, block: 7)),
    ("model.layers.7.self_attn.k_proj.bias", TensorMeaning(.bias, block: 7)),
    ("model.layers.7.self_attn.q_norm.weight", TensorMeaning(.norm, block: 7)),
    ("model.layers.7.self_attn.kv_b_proj.weight", TensorMeaning(.attentionKVB, block: 7)),
    ("model.layers.7.self_attn.q_b_proj.weight", TensorMeaning(.attentionLatent, block: 7)),
    ("model.layers.7.self_attn.o_proj.weight", TensorMeaning(.attentionOutput, block: 7)),
    ("model.layers.7.mlp.gate_proj.weight", TensorMeaning(.ffnGate, block: 7)),
    ("model.layers.7.mlp.gate_up_proj.weight", TensorMeaning(.ffnGateUp, block: 7)),
    ("model.layers.7.mlp.gate.weight", TensorMeaning(.router, block: 7)),
    (
      "model.layers.7.mlp.experts.31.down_proj.weight",
      TensorMeaning(.expertDown, block: 7, expert: 31)
    ),
    (
      "model.layers.7.block_sparse_moe.experts.2.w1.weight",
      TensorMeaning(.expertGate, block: 7, expert: 2)
    ),
    ("model.layers.7.mlp.experts.gate_up_proj", TensorMeaning(.expertGateUp, block: 7)),
    ("model.layers.7.mlp.experts.gate_up_proj_bias", TensorMeaning(.bias, block: 7)),
    ("model.layers.7.mlp.shared_experts.up_proj.weight", TensorMeaning(.ffnUp, block: 7)),
    ("model.layers.7.input_layernorm.weight", TensorMeaning(.norm, block: 7)),
    ("encoder.layer.0.attention.self.query.weight", TensorMeaning(.attentionQ, block: 0)),
    ("encoder.layer.0.attention.output.dense.weight", TensorMeaning(.attentionOutput, block: 0)),
    ("encoder.layer.0.attention.output.LayerNorm.weight", TensorMeaning(.norm, block: 0)),
    ("encoder.layer.0.intermediate.dense.weight", TensorMeaning(.ffnUp, block: 0)),
    ("encoder.layer.0.output.dense.weight", TensorMeaning(.ffnDown, block: 0)),
    ("encoder.layer.0.output.dense.bias", TensorMeaning(.bias, block: 0)),
    ("h.4.attn.c_attn.weight", TensorMeaning(.attentionQKV, block: 4)),
    ("h.4.ln_1.weight", TensorMeaning(.norm, block: 4)),
    ("backbone.layers.4.mixer.conv1d.weight", TensorMeaning(.convolution, block: 4)),
    ("backbone.layers.4.mixer.A_log", TensorMeaning(.recurrent, block: 4)),
    ("model.layers.7.mlp.up_proj.weight_scale_inv", TensorMeaning(.other, block: 7)),
    ("", TensorMeaning(.other)),
    ("...", TensorMeaning(.other)),
  ])
  func readsHuggingFaceNames(name: String, meaning: TensorMeaning) {
    #expect(Dialect.huggingFace.meaning(of: name) == meaning)
  }

  @Test func doesNotTakeAnOverlongNumberForABlock() {
    let name = "blk.99999999999999999999.attn_q.weight"
    #expect(Dialect.llamaCpp.meaning(of: name) == TensorMeaning(.other))
  }

  @Test func givesUpOnNamesOfVeryManyComponents() {
    let name = String(repeating: "layers.1.", count: 100_000) + "q_proj.weight"
    #expect(Dialect.huggingFace.meaning(of: name) == TensorMeaning(.other))
  }
}
