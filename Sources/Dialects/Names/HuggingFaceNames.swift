internal import Tensors

extension NameTable {
  /// The module paths of `transformers` models (Llama, Qwen, Gemma, Mistral, Mixtral, DeepSeek,
  /// gpt-oss, BERT, RoBERTa, DistilBERT, GPT-2, GPT-NeoX, Falcon, Phi, T5, Mamba); what they
  /// correspond to: gguf-py `tensor_mapping.py`.
  static let huggingFace = NameTable(
    blockMarkers: ["layers", "layer", "h", "blocks", "block"],
    expertMarkers: ["experts"],
    normMarkers: ["norm", "ln_", "_ln", "ln1", "ln2"],
    outside: [
      RoleNames(
        .tokenEmbedding, "embed_tokens", "wte", "embed_in", "word_embeddings", "tok_embeddings",
        "token_embeddings", "shared", "backbone.embedding", "backbone.embeddings",
        "embed_tokens_per_layer"),
      RoleNames(
        .positionEmbedding, "position_embeddings", "position_embedding", "wpe",
        "embed_positions"),
      RoleNames(.tokenTypes, "token_type_embeddings"),
      RoleNames(.output, "lm_head", "embed_out", "lm_head.linear", "output", "output_layer"),
      RoleNames(.pooler, "pooler.dense", "pooler"),
      RoleNames(.classifier, "classifier", "classifier.dense", "classifier.out_proj", "score"),
      RoleNames(.buffer, "position_ids", "token_type_ids"),
      RoleNames(.ropeFrequencies, "rotary_emb.inv_freq", "rotary_pos_emb.inv_freq"),
      RoleNames(.convolution, "patch_embedding", "patch_embeddings.projection", "conv1", "conv2"),
    ],
    inside: [
      RoleNames(
        .attentionQ, "q_proj", "self.query", "attention.q_lin", "attention.wq",
        "SelfAttention.q", "EncDecAttention.q"),
      RoleNames(
        .attentionK, "k_proj", "self.key", "attention.k_lin", "attention.wk",
        "SelfAttention.k", "EncDecAttention.k"),
      RoleNames(
        .attentionV, "v_proj", "self.value", "attention.v_lin", "attention.wv",
        "SelfAttention.v", "EncDecAttention.v"),
      RoleNames(
        .attentionQKV, "query_key_value", "attn.c_attn", "Wqkv", "qkv_proj", "in_proj_qkv",
        "attention.wqkv"),
      RoleNames(.attentionKVB, "kv_b_proj"),
      RoleNames(.attentionLatent, "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa"),
      RoleNames(
        .attentionOutput, "o_proj", "attention.output.dense", "attention.dense",
        "self_attention.dense", "self_attn.dense", "attn.c_proj", "attn.out_proj",
        "self_attn.out_proj", "attention.out_lin", "attention.wo", "attn.Wo",
        "SelfAttention.o", "EncDecAttention.o"),
      RoleNames(
        .ffnGate, "mlp.gate_proj", "feed_forward.w1", "DenseReluDense.wi_0",
        "shared_expert.gate_proj", "shared_experts.gate_proj", "mlp.w1"),
      RoleNames(
        .ffnUp, "mlp.up_proj", "feed_forward.w3", "intermediate.dense", "mlp.dense_h_to_4h",
        "mlp.c_fc", "mlp.fc1", "ffn.lin1", "fc1", "DenseReluDense.wi", "DenseReluDense.wi_1",
        "shared_expert.up_proj", "shared_experts.up_proj"),
      RoleNames(.ffnGateUp, "mlp.gate_up_proj"),
      RoleNames(
        .ffnDown, "mlp.down_proj", "feed_forward.w2", "output.dense", "mlp.dense_4h_to_h",
        "mlp.c_proj", "mlp.fc2", "ffn.lin2", "fc2", "DenseReluDense.wo",
        "shared_expert.down_proj", "shared_experts.down_proj"),
      RoleNames(.expertGate, "experts.#.gate_proj", "experts.#.w1", "experts.gate_proj"),
      RoleNames(.expertUp, "experts.#.up_proj", "experts.#.w3", "experts.up_proj"),
      RoleNames(.expertGateUp, "experts.gate_up_proj", "experts.gate_up_proj_bias"),
      RoleNames(
        .expertDown, "experts.#.down_proj", "experts.#.w2", "experts.down_proj",
        "experts.down_proj_bias"),
      RoleNames(
        .router, "mlp.gate", "block_sparse_moe.gate", "mlp.router", "feed_forward.router",
        "router.proj", "shared_expert_gate"),
      RoleNames(
        .recurrent, "mixer.in_proj", "mixer.out_proj", "mixer.x_proj", "mixer.dt_proj",
        "mixer.A_log", "mixer.D", "linear_attn.in_proj_qkvz", "linear_attn.out_proj"),
      RoleNames(
        .convolution, "mixer.conv1d", "conv.conv", "linear_attn.conv1d", "conv1d"),
      RoleNames(.ropeFrequencies, "rotary_emb.inv_freq"),
      RoleNames(.buffer, "attn.masked_bias", "attention.masked_bias"),
    ])
}
