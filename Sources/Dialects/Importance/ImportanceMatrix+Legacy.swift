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
  /// or not UTF-8 or has more than 2^16 bytes, `importance-count` for a number below 0 or an entry
  /// without values, `importance-value`, `duplicate-tensor`, `trailing-bytes`; `limitExceeded`
  /// (`memory-limit`, `importance-too-large`) before any weight is read; `io`. No memory is taken
  /// for bytes that are not there.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - name: The file's name; folders are dropped.
  ///   - sha256: The file's digest.
  ///   - selection: Which entries count; the others are passed over.
  ///   - memoryLimit: Bytes that the matrix may take in memory; nil for `byteLimit` alone.
  public init(
    legacy source: some ByteSource, name: String, sha256: Digest,
    selection: Selection = Selection(), memoryLimit: Int? = nil
  ) throws(ModelError) {
    self.init(name: name, sha256: sha256, selection: selection)
    var cursor = LegacyCursor(source)
    do throws(ModelError) {
      var first = cursor
      do throws(ModelError) {
        let needed = try neededByteCount(&first)
        try ImportanceMatrix.checkRoom(for: needed, memoryLimit: memoryLimit)
      } catch {
        cursor = first
        throw error
      }
      try read(&cursor)
    } catch {
      throw error.at(file: name, offset: UInt64(cursor.offset))
    }
  }

  /// Bytes that the selected entries will take; what is not in the file is refused here.
  private func neededByteCount(_ cursor: inout LegacyCursor) throws(ModelError) -> Int {
    var sum = 0
    for _ in 0..<(try cursor.count("entries")) {
      let (tensor, _, valueCount) = try entry(&cursor)
      try cursor.skip(valueCount * 4)
      if selection.contains(tensor) {
        sum += ImportanceMatrix.byteCount(ofWeights: valueCount, for: tensor)
      }
    }
    return sum
  }

  /// Reads what stands before an entry's values.
  private func entry(_ cursor: inout LegacyCursor) throws(ModelError) -> (
    tensor: String, callCount: Int, valueCount: Int
  ) {
    let tensor = try cursor.text()
    guard !tensor.isEmpty else {
      throw ModelError(.malformed, "importance-name", "an entry has no name")
    }
    let callCount = try cursor.count("calls")
    let valueCount = try cursor.count("values")
    guard valueCount > 0 else {
      throw ModelError(.malformed, "importance-count", "the entry has no values", tensor: tensor)
    }
    return (tensor, callCount, valueCount)
  }

  private mutating func read(_ cursor: inout LegacyCursor) throws(ModelError) {
    let count = try cursor.count("entries")
    try checkHolds(count)
    for _ in 0..<count {
      let (tensor, callCount, valueCount) = try entry(&cursor)
      guard selection.contains(tensor) else {
        try cursor.skip(valueCount * 4)
        continue
      }
      var weights = try cursor.floats(valueCount)
      if callCount > 0 {
        for index in weights.indices { weights[index] /= Float(callCount) }
      }
      try add(weights, for: tensor)
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
    let byteCount = try count("bytes of a name")
    try check(byteCount)
    guard byteCount <= 1 << 16 else {
      throw ModelError(
        .malformed, "importance-name", "a name has \(byteCount) bytes, more than \(1 << 16)")
    }
    let bytes = try take(byteCount)
    let end = bytes.firstIndex(of: 0) ?? bytes.count
    guard bytes[end...].allSatisfy({ $0 == 0 }),
      let text = String(validating: bytes[..<end], as: UTF8.self)
    else {
      throw ModelError(.malformed, "importance-name", "a name is not UTF-8, or has a NUL in it")
    }
    return text
  }

  /// F32, read where they stay.
  mutating func floats(_ count: Int) throws(ModelError) -> [Float] {
    let start = offset
    try skip(count * 4)
    var values = [Float](repeating: 0, count: count)
    var failure: ModelError?
    values.withUnsafeMutableBytes { bytes in
      do throws(ModelError) { try source.read(into: bytes, at: start) } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }
}
