public import Tensors

extension ImportanceMatrix {
  /// Reads the matrix from the format that llama-imatrix wrote before GGUF, `.dat`.
  ///
  /// Little endian: i32 entries; for each i32 length and name, i32 calls, i32 values, that many F32;
  /// then, both optional, i32 chunks, and i32 length and name of the calibration text. The values
  /// are divided by the calls if there are any (`common_imatrix_load_legacy`, `load_imatrix`). There
  /// is no magic: whatever does not add up is `malformed`.
  ///
  /// Throws `malformed`: `truncated`, `importance-empty`, `importance-name` for a name that is empty
  /// or not UTF-8, `importance-count` for a number below 0 or an entry without values,
  /// `importance-value`, `duplicate-tensor`, `trailing-bytes`; `limitExceeded`
  /// (`importance-too-large`); `io`. No memory is taken for bytes that are not there.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - name: The file's name; folders are dropped.
  ///   - sha256: The file's digest.
  ///   - selection: Which entries count; the others are passed over.
  public init(
    legacy source: some ByteSource, name: String, sha256: Digest,
    selection: Selection = Selection()
  ) throws(ModelError) {
    self.init(name: name, sha256: sha256, selection: selection)
    var cursor = LegacyCursor(source)
    do throws(ModelError) {
      try read(&cursor)
    } catch {
      throw error.at(file: name, offset: UInt64(cursor.offset))
    }
  }

  private mutating func read(_ cursor: inout LegacyCursor) throws(ModelError) {
    let count = try cursor.count("entries")
    try checkHolds(count)
    for _ in 0..<count {
      let tensor = try cursor.text()
      guard !tensor.isEmpty else {
        throw ModelError(.malformed, "importance-name", "an entry has no name")
      }
      let callCount = try cursor.count("calls")
      let valueCount = try cursor.count("values")
      guard valueCount > 0 else {
        throw ModelError(
          .malformed, "importance-count", "the entry has no values", tensor: tensor)
      }
      guard selection.contains(tensor) else {
        try cursor.skip(valueCount * 4)
        continue
      }
      // What is not there is told apart from what is too much.
      try cursor.check(valueCount * 4)
      try checkRoom(forWeights: valueCount)
      let sums = try cursor.floats(valueCount)
      try add(callCount > 0 ? sums.map { $0 / Float(callCount) } : sums, for: tensor)
    }
    if cursor.remaining > 0 { chunkCount = try cursor.count("chunks") }
    if cursor.remaining > 0 {
      let dataset = try cursor.text()
      if !dataset.isEmpty { datasets = [ImportanceMatrix.baseName(dataset)] }
    }
    guard cursor.remaining == 0 else {
      throw ModelError(
        .malformed, "trailing-bytes", "\(cursor.remaining) bytes follow the matrix")
    }
  }
}

/// Reads forwards through a source; nothing past its end is ever asked for or allocated.
private struct LegacyCursor {
  private let source: any ByteSource
  private(set) var offset = 0

  init(_ source: any ByteSource) { self.source = source }

  var remaining: Int { source.byteCount - offset }

  /// Throws `malformed` (`truncated`) unless so many bytes are left.
  func check(_ byteCount: Int) throws(ModelError) {
    guard byteCount <= remaining else {
      throw ModelError(
        .malformed, "truncated",
        "\(byteCount) bytes are announced and \(remaining) are left; the file is cut off, or is "
          + "no importance matrix")
    }
  }

  mutating func skip(_ byteCount: Int) throws(ModelError) {
    try check(byteCount)
    offset += byteCount
  }

  private mutating func take(_ byteCount: Int) throws(ModelError) -> [UInt8] {
    let start = offset
    try skip(byteCount)
    return try source.bytes(at: start, byteCount: byteCount)
  }

  /// An i32 that counts something.
  mutating func count(_ what: String) throws(ModelError) -> Int {
    let bytes = try take(4)
    let value = bytes.withUnsafeBytes { Int32(littleEndian: $0.loadUnaligned(as: Int32.self)) }
    guard value >= 0 else {
      throw ModelError(.malformed, "importance-count", "the number of \(what) is \(value)")
    }
    return Int(value)
  }

  /// A length and that many bytes of UTF-8; NULs at the end, which C writers count, are dropped.
  mutating func text() throws(ModelError) -> String {
    let bytes = try take(try count("bytes of a name"))
    let end = bytes.firstIndex(of: 0) ?? bytes.count
    guard bytes[end...].allSatisfy({ $0 == 0 }),
      let text = String(validating: bytes[..<end], as: UTF8.self)
    else {
      throw ModelError(.malformed, "importance-name", "a name is not UTF-8, or has a NUL in it")
    }
    return text
  }

  mutating func floats(_ count: Int) throws(ModelError) -> [Float] {
    let bytes = try take(count * 4)
    return bytes.withUnsafeBytes { bytes in
      (0..<count).map {
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
  }
}
