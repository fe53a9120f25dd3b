import Tensors

/// The JSON header of a safetensors file: what it says of each tensor, checked entry by entry.
struct SafetensorsHeader {
  /// The key that holds metadata and can name no tensor.
  static let metadataKey = "__metadata__"

  /// Bytes of a tensor's name or a metadata key: our bound, far above any that is in use.
  static let maximumNameByteCount = 65_535

  /// The entries of `__metadata__`, in the header's order.
  private(set) var metadata: [MetadataEntry] = []
  /// The tensors, in the header's order.
  private(set) var claims: [TensorClaim] = []

  private let limits: Limits

  init(limits: Limits) { self.limits = limits }

  /// Parses `text`, which begins at byte 8 of the file.
  mutating func parse(_ text: [UInt8]) throws(ModelError) {
    var scanner = JSONScanner(text, baseOffset: SafetensorsContainer.prefixByteCount)
    guard try scanner.peek() == .object else {
      throw ModelError(
        .malformed, "header-not-an-object", "the header is no JSON object",
        offset: UInt64(scanner.offset))
    }
    var names: Set<String> = []
    var hasMetadata = false
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      let offset = UInt64(scanner.offset)
      if key == Self.metadataKey {
        guard !hasMetadata else {
          throw ModelError(
            .malformed, "duplicate-field", "\(Self.metadataKey) appears twice", offset: offset)
        }
        hasMetadata = true
        try parseMetadata(&scanner)
        continue
      }
      try check(name: key, offset: offset)
      guard names.insert(key).inserted else {
        throw ModelError(
          .refused, "duplicate-tensor-name",
          "two tensors have this name, and readers differ in which of them they take",
          tensor: key, offset: offset)
      }
      guard claims.count < limits.tensorCount else {
        throw ModelError(
          .limitExceeded, "too-many-tensors", "the limit is \(limits.tensorCount) tensors",
          offset: offset)
      }
      do throws(ModelError) {
        claims.append(try TensorClaim(name: key, &scanner, limits: limits))
      } catch {
        throw error.at(tensor: key)
      }
    }
    try scanner.finish()
  }

  private mutating func parseMetadata(_ scanner: inout JSONScanner) throws(ModelError) {
    switch try scanner.peek() {
    case .null: return try scanner.null()
    case .object: try scanner.beginObject()
    default:
      throw ModelError(
        .malformed, "metadata-not-an-object", "\(Self.metadataKey) is no JSON object",
        offset: UInt64(scanner.offset))
    }
    var keys: Set<String> = []
    while let key = try scanner.nextKey() {
      let offset = UInt64(scanner.offset)
      try check(name: key, offset: offset)
      guard keys.insert(key).inserted else {
        throw ModelError(
          .refused, "duplicate-key",
          "the metadata key \"\(key)\" appears twice, and readers differ in which they take",
          offset: offset)
      }
      guard metadata.count < limits.metadataCount else {
        throw ModelError(
          .limitExceeded, "too-many-metadata-entries", "the limit is \(limits.metadataCount)",
          offset: offset)
      }
      guard try scanner.peek() == .string else {
        throw ModelError(
          .malformed, "metadata-not-string", "the metadata value of \"\(key)\" is no string",
          offset: offset)
      }
      metadata.append(MetadataEntry(key, .string(try scanner.string())))
    }
  }

  private func check(name: String, offset: UInt64) throws(ModelError) {
    guard !name.isEmpty else {
      throw ModelError(.refused, "name-empty", "a name is empty", offset: offset)
    }
    guard name.utf8.count <= Self.maximumNameByteCount else {
      throw ModelError(
        .limitExceeded, "name-too-long",
        "a name has \(name.utf8.count) bytes; the limit is \(Self.maximumNameByteCount)",
        offset: offset)
    }
    guard !name.utf8.contains(0) else {
      throw ModelError(
        .refused, "name-has-nul", "a name contains NUL, where other programs end it",
        tensor: name, offset: offset)
    }
  }
}

extension SafetensorsHeader {
  /// The tensors in the order of their data, which must cover `dataOffset..<fileByteCount` once.
  func extents(dataOffset: Int, fileByteCount: Int) throws(ModelError) -> [TensorInfo] {
    var end = 0
    var tensors: [TensorInfo] = []
    tensors.reserveCapacity(claims.count)
    for claim in claimsInDataOrder() {
      guard claim.begin == end else {
        let isGap = claim.begin > end
        throw ModelError(
          .malformed, isGap ? "offset-gap" : "offset-overlap",
          "the data begins at \(claim.begin), \(isGap ? "after a hole from" : "inside data up to") "
            + "\(end)",
          tensor: claim.name, offset: UInt64(claim.headerOffset))
      }
      tensors.append(
        TensorInfo(
          name: claim.name, elementType: claim.elementType, shape: claim.shape,
          offset: try Checked.sum(dataOffset, claim.begin), byteCount: claim.end - claim.begin,
          indexInFile: tensors.count))
      end = claim.end
    }
    let present = fileByteCount - dataOffset
    guard end <= present else {
      throw ModelError(
        .malformed, "data-past-end", "the tensors claim \(end) bytes; \(present) follow the header",
        tensor: tensors.last?.name, offset: UInt64(fileByteCount))
    }
    guard end == present else {
      throw ModelError(
        .malformed, "trailing-bytes", "\(present - end) bytes follow the last tensor",
        offset: UInt64(dataOffset + end))
    }
    return tensors
  }

  private func claimsInDataOrder() -> [TensorClaim] {
    let isSorted = zip(claims, claims.dropFirst()).allSatisfy {
      ($0.begin, $0.end) <= ($1.begin, $1.end)
    }
    if isSorted { return claims }
    // The header offset makes the order total, so that empty tensors have one place.
    return claims.sorted {
      ($0.begin, $0.end, $0.headerOffset) < ($1.begin, $1.end, $1.headerOffset)
    }
  }
}
