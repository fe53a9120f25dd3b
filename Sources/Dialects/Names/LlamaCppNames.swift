internal import Tensors

extension NameTable {
  /// The names of llama.cpp, source: gguf-py `constants.py`, `TENSOR_NAMES`.
  ///
  /// The roles agree with `tensor_get_category` of `llama-quant.cpp`, so that mixtures come out the
  /// same: T5's `attn_o` and `cross_attn_o` and the vision towers' `attn_out` have none there.
  static let llamaCpp = NameTable(
    blockMarkers: ["blk"],
    expertMarkers: [],
    normMarkers: ["norm", "ln_pre", "ln_post"],
    outside: [
      RoleNames(.tokenEmbedding, "token_embd", "per_layer_token_embd"),
      RoleNames(.positionEmbedding, "position_embd", "pos_embd"),
      RoleNames(.tokenTypes, "token_types"),
      RoleNames(.output, "output"),
      RoleNames(.classifier, "cls", "cls.output"),
      RoleNames(
        .ropeFrequencies, "rope_freqs", "rope_factors_long", "rope_factors_short"),
      RoleNames(.convolution, "conv1d", "patch_embd", "v.patch_embd"),
    ],
    inside: [
      RoleNames(.attentionQ, "attn_q", "cross_attn_q"),
      RoleNames(.attentionK, "attn_k", "cross_attn_k"),
      RoleNames(.attentionV, "attn_v", "cross_attn_v"),
      RoleNames(.attentionQKV, "attn_qkv", "vis_attn_qkv"),
      RoleNames(.attentionKVB, "attn_kv_b"),
      RoleNames(
        .attentionLatent, "attn_q_a", "attn_q_b", "attn_kv_a_mqa", "attn_k_b", "attn_v_b"),
      RoleNames(.attentionOutput, "attn_output", "vis_attn_output"),
      RoleNames(.ffnGate, "ffn_gate", "ffn_gate_shexp", "ffn_gate_chexps", "ffn_gate_1"),
      RoleNames(.ffnUp, "ffn_up", "ffn_up_shexp", "ffn_up_chexps", "ffn_up_1", "hc_ffn_up"),
      RoleNames(
        .ffnDown, "ffn_down", "ffn_down_shexp", "ffn_down_chexps", "ffn_down_1", "hc_ffn_down"),
      RoleNames(.expertGate, "ffn_gate_exps", "ffn_gate.#"),
      RoleNames(.expertUp, "ffn_up_exps", "ffn_up.#"),
      RoleNames(.expertGateUp, "ffn_gate_up_exps"),
      RoleNames(.expertDown, "ffn_down_exps", "ffn_down.#"),
      RoleNames(.router, "ffn_gate_inp", "ffn_gate_inp_shexp"),
      RoleNames(.ropeFrequencies, "rope_freqs", "attn_rot_embd"),
      RoleNames(
        .recurrent, "ssm_in", "ssm_out", "ssm_a", "ssm_d", "ssm_dt", "ssm_x", "time_mix_key",
        "time_mix_value", "time_mix_receptance", "time_mix_gate", "time_mix_output",
        "channel_mix_key", "channel_mix_value", "channel_mix_receptance"),
      RoleNames(
        .convolution, "ssm_conv1d", "ssm_conv1d_q", "ssm_conv1d_k", "ssm_conv1d_v",
        "shortconv.conv"),
    ])
}
