import Tensors

// The rules that a reader and a writer share. A file that breaks one is malformed; an index to be
// written that breaks one is an invalid argument; so the caller says which it is.
extension GGUFContainer {
  /// Throws `key-empty`, `key-too-long`, `key-not-ascii` or `key-has-nul`.
  static func checkKey(_ key: String, _ code: ModelError.Code) throws(ModelError) {
    guard !key.isEmpty else {
      throw ModelError(code, "key-empty", "a metadata key is empty")
    }
    guard key.utf8.count <= maximumKeyByteCount else {
      throw ModelError(
        code, "key-too-long",
        "a metadata key has \(key.utf8.count) bytes; the format allows \(maximumKeyByteCount)")
    }
    guard key.utf8.allSatisfy({ $0 < 0x80 }) else {
      throw ModelError(code, "key-not-ascii", "the metadata key \"\(key)\" is not ASCII")
    }
    guard !key.utf8.contains(0) else {
      throw ModelError(
        code, "key-has-nul", "the metadata key \"\(key)\" contains NUL, where C programs end it")
    }
  }

  /// Throws `name-empty`, `name-too-long` or `name-has-nul`.
  static func checkName(_ name: String, _ code: ModelError.Code) throws(ModelError) {
    guard !name.isEmpty else {
      throw ModelError(code, "name-empty", "a tensor has no name")
    }
    guard name.utf8.count <= maximumNameByteCount else {
      throw ModelError(
        code, "name-too-long",
        "the name has \(name.utf8.count) bytes; ggml allows \(maximumNameByteCount)")
    }
    guard !name.utf8.contains(0) else {
      throw ModelError(code, "name-has-nul", "the name contains NUL, where C programs end it")
    }
  }

  /// The alignment that `general.alignment` asks for.
  ///
  /// Throws `malformed`: `alignment-not-u32`, and `alignment-not-allowed` unless it is a power of two
  /// (the code) and a multiple of 8 (the specification); `unsupported`: `alignment-too-large` above
  /// 1 MiB, since padding of that size could hide anything.
  static func alignment(_ value: MetadataValue, offset: UInt64?) throws(ModelError) -> Int {
    guard case .uint32(let number) = value else {
      throw ModelError(
        .malformed, "alignment-not-u32", "\(alignmentKey) is no unsigned number of 32 bits",
        offset: offset)
    }
    guard number >= 8, number & (number - 1) == 0 else {
      throw ModelError(
        .malformed, "alignment-not-allowed",
        "\(alignmentKey) is \(number), and not a power of two of at least 8", offset: offset)
    }
    guard number <= 1 << 20 else {
      throw ModelError(
        .unsupported, "alignment-too-large",
        "\(alignmentKey) is \(number); at most \(1 << 20) is read", offset: offset)
    }
    return Int(number)
  }
}

/// The magic and version at the start of a file.
enum FileStart {
  /// Takes eight bytes; throws `malformed` (`magic-missing`, `truncated`, `version-not-allowed`),
  /// `unsupported` (`big-endian`, `version-1`, `version-unknown`).
  static func check(_ cursor: inout HeaderCursor) throws(ModelError) {
    let magic = try cursor.elements(UInt8.self, count: min(4, cursor.remaining))
    guard magic == GGUFContainer.magic else {
      throw ModelError(
        .malformed, "magic-missing", "the file does not begin with \"GGUF\"\(legacyNote(magic))",
        offset: 0)
    }
    let version = try cursor.integer(UInt32.self)
    switch version {
    case 2, 3: return
    case 0:
      throw ModelError(.malformed, "version-not-allowed", "there is no version 0", offset: 4)
    case 1:
      throw ModelError(
        .unsupported, "version-1",
        "version 1 is from the two weeks before 2 replaced it; versions 2 and 3 are read",
        offset: 4)
    case let swapped where (1...3).contains(swapped.byteSwapped):
      throw ModelError(
        .unsupported, "big-endian",
        "a big-endian file of version \(swapped.byteSwapped); only little-endian ones are read",
        offset: 4)
    default:
      throw ModelError(
        .unsupported, "version-unknown", "version \(version); versions 2 and 3 are read",
        offset: 4)
    }
  }

  /// Names the formats that came before GGUF; their magic is a little-endian number.
  private static func legacyNote(_ magic: [UInt8]) -> String {
    let text = String(decoding: magic.reversed(), as: UTF8.self)
    return ["ggml", "ggmf", "ggjt", "ggla"].contains(text) ? ", but is a \(text) file" : ""
  }
}
