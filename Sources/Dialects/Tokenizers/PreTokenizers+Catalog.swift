extension PreTokenizer {
  // From published tokenizers; those marked * are llama.cpp's own expressions, the published
  // definition being unknown here.
  static let catalog = [
    PreTokenizer(
      "gpt-2", ["words bytes"],
      for: [
        "phi": "phi-2", "mpt": "mpt", "gpt_neox": "olmo", "olmo": "olmo", "jais": "jais",
        "roberta": "roberta-bpe", "modernbert": "modern-bert", "exaone4": "exaone4",
      ],
      alsoCalled: [
        "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
        "jina-v1-en", "jina-v2-code", "trillion", "granite-docling",
      ]),
    PreTokenizer(
      "smollm", ["digits", "words bytes"],
      for: [
        "starcoder2": "starcoder", "gpt_bigcode": "refact", "gpt_refact": "refact",
        "granite": "refact", "granitemoe": "refact", "cohere": "command-r", "cohere2": "command-r",
        "codeshell": "codeshell", "exaone": "exaone",
      ],
      alsoCalled: ["minerva-7b", "mellum2"]),
    PreTokenizer(
      "llama-bpe", ignoresMerges: true, ["split " + llama3, "bytes"],
      for: [
        "glm": "glm4", "glm4": "glm4", "glm4_moe": "glm4", "lfm2": "lfm2", "falcon_h1": "falcon-h1",
        "pixtral": "pixtral",
      ],
      alsoCalled: ["llama3", "llama-v3", "falcon3", "midm-2.0", "jina-v5-nano", "glm5"]),
    PreTokenizer(
      "dbrx", ["split " + llama3, "bytes"], for: ["chatglm": "chatglm-bpe"],
      alsoCalled: ["smaug-bpe"]),
    PreTokenizer(
      "qwen2", ["split " + qwen2, "bytes"],
      for: [
        "stablelm": "stablelm2", "hunyuan_v1_moe": "hunyuan", "solar_open": "solar-open",
        "grok": "grok-2",
      ],
      alsoCalled: ["deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"]),
    PreTokenizer("qwen35", ["split " + qwen35, "bytes"]),
    PreTokenizer(
      "deepseek-llm",
      [
        #"split [\r\n]"#, "split " + deepseekLetters, #"split \s?[!-/:-~！-／：-～‘-‟　-。]+"#,
        #"split \s+$"#, "split [一-龥ࠀ-一가-퟿]+", "digits", "bytes",
      ]),
    PreTokenizer(
      "deepseek-coder",
      [
        #"split [\r\n]"#, #"split \s?\p{L}+"#, #"split \s?\p{P}+"#, "split [一-龥ࠀ-一가-퟿]+",
        "digits", "bytes",
      ]),
    PreTokenizer(
      "deepseek-v3",
      [#"split \p{N}{1,3}"#, "split [一-龥぀-ゟ゠-ヿ]+", "split " + deepseek3, "bytes"],
      for: ["hunyuan_v1_dense": "hunyuan-dense"], alsoCalled: ["joyai-llm", "hy_v4"]),
    PreTokenizer("tekken", ignoresMerges: true, ["split " + tekken, "bytes"]),
    PreTokenizer(
      "gpt-4o", ["split " + o200k, "bytes"],
      for: ["llama4": "llama4", "llama4_text": "llama4", "minimax_m2": "minimax-m2"],
      alsoCalled: ["kanana2", "talkie"]),
    PreTokenizer(
      "granite-embed-multi-97m", ignoresMerges: true, ["split " + o200k, "bytes"]),
    PreTokenizer(
      "tiny_aya", [#"split \d{1,3}(?=(?:\d{3})*\b)"#, "split " + o200k, "bytes"],
      alsoCalled: ["cohere2moe"]),
    PreTokenizer(
      "falcon",
      ["punctuation Contiguous", "words bytes", "digit-runs", "split [0-9][0-9][0-9]"]),
    PreTokenizer(
      "bloom", ["split " + bloom, "bytes"], alsoCalled: ["poro-chat", "gpt3-finnish"]),
    PreTokenizer(
      "bloom", ["split " + bloomPlain, "bytes"], alsoCalled: ["poro-chat", "gpt3-finnish"]),
    PreTokenizer("viking", ["split " + bloomPlain, "digits", "bytes"]),
    PreTokenizer("viking", ["split " + bloom, "digits", "bytes"]),
    PreTokenizer("seed-coder", ["split " + seedCoder, "bytes"]),
    PreTokenizer(
      "bailingmoe", ["split " + bailing, "bytes"], alsoCalled: ["bailingmoe2", "llada-moe"]),
    PreTokenizer("exaone-moe", ["split " + exaoneMoE, "bytes"]),
    PreTokenizer(
      "minicpm5", ignoresMerges: true,
      [#"split \p{N}{1,3}"#, "split " + miniCPM5, "bytes"]),
    PreTokenizer("jais-2", ["split " + jais2, "bytes"]),
    // *
    PreTokenizer("ufakzeka", ["split " + ufakzeka, "bytes"]),
    PreTokenizer(
      "youtu", ignoresMerges: true, ["split " + youtuScripts, "split " + youtu, "bytes"]),
    PreTokenizer(
      "spark2_5",
      [
        #"split \p{N}{1,3}"#, "split [一-龥぀-ゟ゠-ヿ]+", "split " + spark, #"split \p{N}"#, "bytes",
      ]),
    PreTokenizer("laguna", [#"split [^\n]+|[\n]+"#, "split " + qwen2, "bytes"]),
    PreTokenizer("superbpe", [#"split \p{N}+"#, #"split (?=(\d{3})+(?!\d))"#, "bytes"]),
    PreTokenizer(
      "chameleon",
      [
        "split <sentinel:[0-9]+>", "split (IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
        "split ([\\t\\n]|    |  )", #"split \p{N}"#, #"split [\p{P}!-/:-@\[-`{-~]"#, "words bytes",
      ]),
    PreTokenizer(
      "default",
      [
        #"split [\p{P}\$\+<=>\^~\|]+"#, "split " + words, #"split \p{N}+"#,
        "split [0-9][0-9][0-9]", "bytes",
      ]),
  ]

  private static let words =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let spaces = #"\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let symbols = #" ?[^\s\p{L}\p{N}]+[\r\n]*|"#
  private static let llama3 =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"# + symbols + spaces
  private static let qwen2 =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"# + symbols + spaces
  private static let miniCPM5 =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+|"# + symbols + spaces
  private static let ufakzeka = #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"# + symbols + spaces
  private static let qwen35 =
    contractions + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|"#
    + spaces
  private static let seedCoder =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|"# + spaces
  private static let bailing =
    #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|"#
    + #"\s*[\r\n]|\s+(?!\S)|\s+"#
  private static let exaoneMoE =
    contractions + #"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}|"#
    + #" ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#
  private static let jais2 =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"# + symbols
    + #"\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|"#
    + #"\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"#
  private static let bloomPlain = #" ?[^(\s|.,!?…。，、।۔،)]+"#
  private static let bloom = #" ?[^(\s|[.,!?…。，、।۔،])]+"#
  private static let upper = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
  private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
  private static let paths = #" ?[^\s\p{L}\p{N}]+[\r\n/]*|"#
  private static let tekken =
    upper + "*" + lower + "+|" + upper + "+" + lower + #"*|\p{N}|"# + paths + spaces
  private static let o200k =
    upper + "*" + lower + "+" + contractions + "?|" + upper + "+" + lower + "*" + contractions
    + #"?|\p{N}{1,3}|"# + paths + spaces
  private static let youtuScripts =
    "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+"
  private static let youtu =
    upper + "*" + lower + "+" + contractions + "?|" + upper + "+" + lower + "*" + contractions
    + #"?|\p{N}|"# + paths + spaces
  private static let ascii = ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|"##
  private static let deepseek3 =
    ascii + #"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"# + spaces
  private static let spark =
    ascii + #"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+"#
  private static let deepseekLetters =
    #"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ"#
    + #"-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ"#
    + #"-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"#
}
