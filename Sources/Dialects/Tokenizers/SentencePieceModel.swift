internal import Tensors

/// A SentencePiece model (`tokenizer.model`, `spiece.model`): the fields of `ModelProto` that say
/// how text becomes ids, by sentencepiece_model.proto.
struct SentencePieceModel: Equatable {
  enum Algorithm: UInt64 {
    case unigram = 1
    case bpe = 2
    case word = 3
    case char = 4
  }

  struct Piece: Equatable {
    var text: String
    var score: Float = 0
    var type = TokenType.normal
  }

  var pieces: [Piece] = []
  var algorithm = Algorithm.unigram
  var addsDummyPrefix = true
  var removesExtraSpaces = true
  var charsmap: [UInt8] = []

  init() {}

  /// Reads the model. Throws `malformed` (`protobuf-syntax`, `not-utf8`, `piece-type`,
  /// `sentencepiece-model`), `limitExceeded` (`too-many-tokens`).
  init(_ bytes: [UInt8]) throws(ModelError) {
    var reader = ProtobufReader(bytes[...])
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let slice)): pieces.append(try SentencePieceModel.piece(slice))
      case (2, .bytes(let slice)): try readTrainer(slice)
      case (3, .bytes(let slice)): try readNormalizer(slice)
      default: continue
      }
    }
    guard !pieces.isEmpty else {
      throw ModelError(.malformed, "sentencepiece-model", "the SentencePiece model has no pieces")
    }
    try TokenList.check(pieces.count)
  }

  /// Whether the bytes can be a model: its first field is a piece. Files of the same name that
  /// hold lines of base64 are tiktoken's.
  static func canBegin(_ bytes: [UInt8]) -> Bool { bytes.first == 0x0A }

  private static func piece(_ slice: ArraySlice<UInt8>) throws(ModelError) -> Piece {
    var piece = Piece(text: "")
    var reader = ProtobufReader(slice)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, _): piece.text = try value.string()
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .varint(let number)): piece.type = try type(number)
      default: continue
      }
    }
    return piece
  }

  /// The numbers are those of llama.cpp's token types.
  private static func type(_ number: UInt64) throws(ModelError) -> TokenType {
    guard (1...6).contains(number), let type = TokenType(rawValue: Int32(number)) else {
      throw ModelError(.malformed, "piece-type", "\(number) is no type of a piece (1 to 6)")
    }
    return type
  }

  private mutating func readTrainer(_ slice: ArraySlice<UInt8>) throws(ModelError) {
    var reader = ProtobufReader(slice)
    while let (field, value) = try reader.next() {
      guard field == 3 else { continue }
      guard let number = value.number, let algorithm = Algorithm(rawValue: number) else {
        throw ModelError(.malformed, "sentencepiece-model", "an unknown model type")
      }
      self.algorithm = algorithm
    }
  }

  private mutating func readNormalizer(_ slice: ArraySlice<UInt8>) throws(ModelError) {
    var reader = ProtobufReader(slice)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let bytes)): charsmap = Array(bytes)
      case (3, _): addsDummyPrefix = value.bool ?? addsDummyPrefix
      case (4, _): removesExtraSpaces = value.bool ?? removesExtraSpaces
      default: continue
      }
    }
  }

  /// The type that convert_hf_to_gguf gives a piece: what a user defined counts as normal there,
  /// unless an added token says more.
  static func converted(_ type: TokenType) -> TokenType {
    type == .userDefined ? .normal : type
  }
}
