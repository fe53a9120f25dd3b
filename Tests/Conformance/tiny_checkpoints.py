"""Tiny checkpoints with random weights, made with the real config classes of `transformers`.

    tiny_checkpoints.py FOLDER [NAME…]     writes FOLDER/<name>/ for each architecture

Two layers, narrow rows, tokenizers trained here on a few sentences. Run by hand the script shows what
the conformance part compares; it needs torch, transformers, tokenizers and sentencepiece.
"""

import json
import pathlib
import sys

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.", "In 1984, 12345 people saw 3.14 things!",
    "def main(argc):\n    return argc + 1\n", "Grüße aus Köln, naïve café.", "日本語のテキスト。",
    "Привет, мир!", "I'm sure they'll say we've won; you'd agree?", "tabs\tand  spaces",
] * 20
VOCABULARY = 448
WIDTH, INNER, HEADS, KV_HEADS, LAYERS = 64, 96, 4, 2, 2


def llama_like(**more):
    return dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=128,
        bos_token_id=1, eos_token_id=2, pad_token_id=0) | more


LLAMA3_ROPE = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192}
LONG_ROPE = {
    "type": "longrope", "short_factor": [1.0 + i / 8 for i in range(8)],
    "long_factor": [2.0 + i / 4 for i in range(8)]}

# name: (config class, model class, tokenizer, config)
ARCHITECTURES = {
    "llama": ("LlamaConfig", "LlamaForCausalLM", "bpe", llama_like()),
    "llama3": ("LlamaConfig", "LlamaForCausalLM", "bpe", llama_like(
        rope_scaling=LLAMA3_ROPE, rope_theta=500000.0, tie_word_embeddings=True)),
    "llama-spm": ("LlamaConfig", "LlamaForCausalLM", "spm", llama_like(head_dim=16)),
    "mistral": ("MistralConfig", "MistralForCausalLM", "spm", llama_like(sliding_window=32)),
    "mixtral": ("MixtralConfig", "MixtralForCausalLM", "spm", llama_like(
        num_local_experts=4, num_experts_per_tok=2)),
    "qwen2": ("Qwen2Config", "Qwen2ForCausalLM", "bpe", llama_like()),
    "qwen2-moe": ("Qwen2MoeConfig", "Qwen2MoeForCausalLM", "bpe", llama_like(
        num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
        shared_expert_intermediate_size=64)),
    "qwen3": ("Qwen3Config", "Qwen3ForCausalLM", "bpe", llama_like(head_dim=32)),
    "qwen3-moe": ("Qwen3MoeConfig", "Qwen3MoeForCausalLM", "bpe", llama_like(
        head_dim=32, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
        norm_topk_prob=True)),  # as published; llama.cpp computes with nothing else
    "gemma": ("GemmaConfig", "GemmaForCausalLM", "spm", llama_like(head_dim=16)),
    "gemma2": ("Gemma2Config", "Gemma2ForCausalLM", "spm", llama_like(
        head_dim=16, query_pre_attn_scalar=16, sliding_window=32)),
    "gemma3": ("Gemma3TextConfig", "Gemma3ForCausalLM", "spm", llama_like(
        head_dim=16, query_pre_attn_scalar=16, sliding_window=32)),
    "phi3": ("Phi3Config", "Phi3ForCausalLM", "spm", llama_like(
        sliding_window=32, original_max_position_embeddings=64)),
    "phi3-long": ("Phi3Config", "Phi3ForCausalLM", "spm", llama_like(
        rope_scaling=LONG_ROPE, original_max_position_embeddings=64)),
    "stablelm": ("StableLmConfig", "StableLmForCausalLM", "bpe", llama_like(
        use_qkv_bias=True, partial_rotary_factor=0.25)),
    "gpt2": ("GPT2Config", "GPT2LMHeadModel", "bpe", dict(
        vocab_size=VOCABULARY, n_positions=64, n_ctx=64, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
        bos_token_id=1, eos_token_id=2)),
    "gpt-neox": ("GPTNeoXConfig", "GPTNeoXForCausalLM", "bpe", dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=INNER, max_position_embeddings=64,
        bos_token_id=1, eos_token_id=2)),
    "falcon": ("FalconConfig", "FalconForCausalLM", "bpe", dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_kv_heads=1, new_decoder_architecture=False,
        multi_query=True,
        parallel_attn=True, bias=False, alibi=False, bos_token_id=1, eos_token_id=2)),
    "falcon-40b": ("FalconConfig", "FalconForCausalLM", "bpe", dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_kv_heads=KV_HEADS, new_decoder_architecture=True,
        bias=False, alibi=False, bos_token_id=1, eos_token_id=2)),
    "starcoder2": ("Starcoder2Config", "Starcoder2ForCausalLM", "bpe", llama_like(
        sliding_window=32)),
    "olmo2": ("Olmo2Config", "Olmo2ForCausalLM", "bpe", llama_like()),
    "granite": ("GraniteConfig", "GraniteForCausalLM", "bpe", llama_like(
        attention_multiplier=0.0625, embedding_multiplier=12.0, residual_multiplier=0.22,
        logits_scaling=8.0)),
    "command-r": ("CohereConfig", "CohereForCausalLM", "bpe", llama_like(
        use_qk_norm=False, logit_scale=0.0625)),
    "cohere2": ("Cohere2Config", "Cohere2ForCausalLM", "bpe", llama_like(
        sliding_window=32, logit_scale=0.25, head_dim=16, rotary_pct=1.0)),
    "deepseek-v2": ("DeepseekV2Config", "DeepseekV2ForCausalLM", "bpe", llama_like(
        num_key_value_heads=HEADS, kv_lora_rank=32, q_lora_rank=48, qk_nope_head_dim=16,
        qk_rope_head_dim=8, v_head_dim=16, n_routed_experts=4, n_shared_experts=1,
        num_experts_per_tok=2, moe_intermediate_size=32, first_k_dense_replace=1)),
    "deepseek-v3": ("DeepseekV3Config", "DeepseekV3ForCausalLM", "bpe", llama_like(
        num_key_value_heads=HEADS, kv_lora_rank=32, q_lora_rank=48, qk_nope_head_dim=16,
        qk_rope_head_dim=8, v_head_dim=16, n_routed_experts=4, n_shared_experts=1, n_group=2,
        topk_group=1, num_experts_per_tok=2, moe_intermediate_size=32, first_k_dense_replace=1,
        num_nextn_predict_layers=0)),
    "gpt-oss": ("GptOssConfig", "GptOssForCausalLM", "bpe", llama_like(
        head_dim=16, num_local_experts=4, num_experts_per_tok=2, sliding_window=32,
        hidden_size=64, intermediate_size=64)),
    "bert": ("BertConfig", "BertModel", "wordpiece", dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=INNER, max_position_embeddings=64)),
    "roberta": ("RobertaConfig", "RobertaModel", "roberta", dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, type_vocab_size=1,
        num_attention_heads=HEADS, intermediate_size=INNER, max_position_embeddings=66)),
    "xlm-roberta": ("XLMRobertaConfig", "XLMRobertaModel", "unigram", dict(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, type_vocab_size=1,
        num_attention_heads=HEADS, intermediate_size=INNER, max_position_embeddings=66)),
    "t5-encoder": ("T5Config", "T5EncoderModel", "t5", dict(
        vocab_size=VOCABULARY, d_model=WIDTH, d_kv=16, d_ff=INNER, num_layers=LAYERS,
        num_heads=HEADS, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
}


def write_json(path: pathlib.Path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")


def byte_pairs(folder: pathlib.Path, specials: list[str], settings: dict):
    """A byte-level BPE with GPT-2's pre-tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "tokenizer_config.json", settings)


def word_pieces(folder: pathlib.Path):
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(SENTENCES, vocab_size=VOCABULARY, show_progress=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    words = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("".join(word + "\n" for word, _ in words), encoding="utf-8")
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "cls_token": "[CLS]",
        "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"})


def sentence_pieces(folder: pathlib.Path, name: str, model_type: str, **more):
    import sentencepiece

    text = folder / "text.txt"
    text.write_text("\n".join(s.strip().replace("\n", " ") for s in SENTENCES), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / "sp"), model_type=model_type,
        character_coverage=1.0, hard_vocab_limit=False, minloglevel=2, **more)
    (folder / "sp.model").rename(folder / name)
    (folder / "sp.vocab").unlink()
    text.unlink()


def tokenizer(folder: pathlib.Path, kind: str):
    if kind == "bpe":
        byte_pairs(folder, ["<pad>", "<s>", "</s>", "<|im_end|>"], {
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>",
            "eos_token": "</s>", "pad_token": "<pad>", "add_bos_token": True,
            "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"})
    elif kind == "roberta":
        byte_pairs(folder, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], {
            "tokenizer_class": "RobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>",
            "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
            "mask_token": "<mask>"})
        trained = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        trained["post_processor"] = {
            "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
            "trim_offsets": True, "add_prefix_space": False}
        write_json(folder / "tokenizer.json", trained)
        write_json(folder / "vocab.json", trained["model"]["vocab"])
        (folder / "merges.txt").write_text(
            "#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in trained["model"]["merges"]),
            encoding="utf-8")
    elif kind == "wordpiece":
        word_pieces(folder)
    elif kind == "spm":
        sentence_pieces(
            folder, "tokenizer.model", "bpe", vocab_size=VOCABULARY, byte_fallback=True,
            pad_id=0, bos_id=1, eos_id=2, unk_id=3)
        write_json(folder / "tokenizer_config.json", {
            "tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>",
            "unk_token": "<unk>", "pad_token": "<pad>", "add_bos_token": True,
            "add_eos_token": False})
    elif kind in ("unigram", "t5"):
        name = "sentencepiece.bpe.model" if kind == "unigram" else "spiece.model"
        ids = ({"bos_id": 1, "eos_id": 2, "unk_id": 0, "pad_id": -1} if kind == "unigram"
               else {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1})
        sentence_pieces(folder, name, "unigram", vocab_size=VOCABULARY - 12, **ids)
        from transformers import T5TokenizerFast, XLMRobertaTokenizerFast

        made = (XLMRobertaTokenizerFast(vocab_file=str(folder / name)) if kind == "unigram"
                else T5TokenizerFast(vocab_file=str(folder / name), extra_ids=0))
        made.save_pretrained(folder)
    else:
        raise ValueError(kind)


def make(folder: pathlib.Path, name: str, seed: int = 1):
    """Writes the checkpoint `name` into `folder`, in BF16 where the real models are."""
    import torch
    import transformers

    config_class, model_class, kind, settings = ARCHITECTURES[name]
    torch.manual_seed(seed)
    config = getattr(transformers, config_class)(**settings)
    model = getattr(transformers, model_class)(config)
    with torch.no_grad():
        for parameter in model.parameters():  # norms of ones and biases of zeros would hide much
            parameter.copy_(parameter + torch.randn_like(parameter) / 8)
        for buffer_name, buffer in model.named_buffers():
            if buffer_name.endswith("e_score_correction_bias"):
                buffer.copy_(torch.randn_like(buffer))
    encoder = kind in ("wordpiece", "roberta", "unigram", "t5")
    model = model.to(torch.float32 if encoder else torch.bfloat16)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer(folder, kind)


def main():
    target = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or ARCHITECTURES:
        make(target / name, name)
        print(name, flush=True)


if __name__ == "__main__":
    main()
