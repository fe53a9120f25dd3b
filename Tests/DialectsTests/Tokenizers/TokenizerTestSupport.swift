import Tensors

@testable import Dialects

/// Files from their texts.
func files(_ texts: [String: String], _ bytes: [String: [UInt8]] = [:]) -> ModelFiles {
  ModelFiles(contents: texts.mapValues { Array($0.utf8) }.merging(bytes) { $1 })
}

func metadata(
  _ files: ModelFiles, _ architecture: String, size: Int? = nil, config: String? = nil,
  _ options: TokenizerTranslation.Options = .init()
) throws(ModelError) -> [MetadataEntry] {
  let config = try config.map { text throws(ModelError) in try JSONValue.parse(Array(text.utf8)) }
  let result = try TokenizerTranslation.toLlamaCpp(
    files, config: config, architecture: architecture, vocabularySize: size, options: options)
  return result?.metadata ?? []
}

/// From metadata to files and back to metadata.
func roundTrip(_ entries: [MetadataEntry], _ architecture: String, config: String? = nil)
  throws(ModelError) -> [MetadataEntry]
{
  let back = try TokenizerTranslation.toHuggingFace(
    [MetadataEntry("general.architecture", .string(architecture))] + entries)
  var size: Int?
  if case .array(let tokens)? = entries[TokenizerKeys.tokens] { size = tokens.count }
  let files = ModelFiles(
    contents: Dictionary(uniqueKeysWithValues: back.map { ($0.name, $0.bytes) }))
  return try metadata(files, architecture, size: size, config: config)
}

/// "code reason" of what `body` throws; nil if it throws nothing.
func refusal(_ body: () throws(ModelError) -> Void) -> String? {
  do throws(ModelError) {
    try body()
    return nil
  } catch {
    return "\(error.code.rawValue) \(error.reason)"
  }
}

func strings(_ value: MetadataValue?) -> [String] {
  if case .array(.string(let texts))? = value { texts } else { [] }
}

func numbers(_ value: MetadataValue?) -> [Int32] {
  if case .array(.int32(let numbers))? = value { numbers } else { [] }
}

func floats(_ value: MetadataValue?) -> [Float] {
  if case .array(.float32(let numbers))? = value { numbers } else { [] }
}

/// A byte-level BPE of five tokens and an added one.
let tinyBPE = """
  {"added_tokens":[{"id":5,"content":"<|end|>","special":true,"normalized":false}],
  "normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
  "post_processor":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},
  "model":{"type":"BPE","vocab":{"a":0,"b":1,"Ġ":2,"ab":3,"Ġab":4},"merges":["a b",["Ġ","ab"]]}}
  """
