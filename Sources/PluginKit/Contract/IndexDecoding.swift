internal import CIngotPlugin
internal import Tensors

/// Copies an index out of the structures of the C contract and checks each value by itself: text is
/// UTF-8, types are known, numbers fit, sizes follow from type and shape.
///
/// Both ends use it. What does not hold is blamed on the other end: `blame` is `pluginFailed` in
/// the host and `invalidArgument` in a plugin. An element type that this version does not know is
/// `unsupported` (`unknown-element-type`) at either end, for nobody is wrong then.
struct IndexDecoding {
  let blame: ModelError.Code
  /// What is allowed at all; beyond it the other end has not kept to what it was told.
  let limits: Limits
  /// Element types repeat thousands of times; comparing bytes is faster than making strings.
  private var lastType: (name: ingot_string, type: ElementType)?

  init(blame: ModelError.Code, limits: Limits) {
    self.blame = blame
    self.limits = limits
  }

  /// The index. Throws with code `blame`: `index-missing`, `limit-not-honoured`, `name-not-utf8`,
  /// `rank-too-high`, `unknown-flag`, `size-mismatch`, `metadata-type-unknown`,
  /// `metadata-out-of-range`, `array-missing`, and what `Shape` and `ElementType` say.
  mutating func decode(_ pointer: UnsafePointer<ingot_index>?) throws(ModelError)
    -> ContainerIndex
  {
    guard let index = pointer?.pointee else { throw error("index-missing", "the index is NULL") }
    let tensorCount = try count(index.tensor_count, limits.tensorCount, "tensors", index.tensors)
    let metadataCount = try count(
      index.metadata_count, limits.metadataCount, "metadata entries", index.metadata)
    var result = ContainerIndex(tensors: [], metadata: [])
    result.tensors.reserveCapacity(tensorCount)
    result.metadata.reserveCapacity(metadataCount)
    if let tensors = index.tensors {
      for position in 0..<tensorCount {
        result.tensors.append(try decode(tensors[position], at: position))
      }
    }
    if let metadata = index.metadata {
      for position in 0..<metadataCount {
        result.metadata.append(try decode(metadata[position]))
      }
    }
    return result
  }

  private mutating func decode(_ tensor: ingot_tensor, at position: Int) throws(ModelError)
    -> TensorInfo
  {
    guard let name = tensor.name.text else {
      throw error("name-not-utf8", "the name of tensor \(position) is not UTF-8")
    }
    do throws(ModelError) {
      let type = try elementType(tensor.element_type)
      guard tensor.rank <= limits.rank, tensor.dimensions != nil || tensor.rank == 0 else {
        throw error("rank-too-high", "rank \(tensor.rank) is above \(limits.rank)")
      }
      guard tensor.flags & ~UInt32(INGOT_TENSOR_BY_READ) == 0 else {
        throw error("unknown-flag", "the flags \(tensor.flags) are not defined")
      }
      var dimensions: [Int] = []
      if let extents = tensor.dimensions {
        for axis in 0..<Int(tensor.rank) { dimensions.append(try Checked.int(extents[axis])) }
      }
      let shape = try Shape(dimensions)
      let byteCount = try type.byteCount(of: shape)
      guard tensor.byte_count == UInt64(byteCount) else {
        throw error(
          "size-mismatch",
          "\(type.rawValue) \(shape) takes \(byteCount) bytes, not "
            + "\(tensor.byte_count)")
      }
      let isReadByPlugin = tensor.flags != 0
      return TensorInfo(
        name: name, elementType: type, shape: shape,
        offset: isReadByPlugin ? 0 : try Checked.int(tensor.offset), byteCount: byteCount,
        indexInFile: position, isReadByPlugin: isReadByPlugin)
    } catch {
      throw blamed(error).at(tensor: name)
    }
  }

  private mutating func elementType(_ name: ingot_string) throws(ModelError) -> ElementType {
    if let lastType, lastType.name.hasSameBytes(as: name) { return lastType.type }
    guard let text = name.text else {
      throw error("name-not-utf8", "the name of its element type is not UTF-8")
    }
    guard let type = ElementType(rawValue: text) else {
      throw ModelError(
        .unsupported, "unknown-element-type", "the element type \"\(text.prefix(64))\" is not known"
      )
    }
    lastType = (name, type)
    return type
  }

  private func decode(_ entry: ingot_metadata) throws(ModelError) -> MetadataEntry {
    guard let key = entry.key.text else {
      throw error("name-not-utf8", "a metadata key is not UTF-8")
    }
    guard let value = try MetadataDecoding(decoding: self, key: key).value(of: entry) else {
      throw error(
        "metadata-out-of-range", "the value of \"\(key.prefix(64))\" does not fit its type")
    }
    return MetadataEntry(key, value)
  }

  private func count(_ claimed: UInt64, _ limit: Int, _ what: String, _ first: UnsafeRawPointer?)
    throws(ModelError) -> Int
  {
    guard claimed <= UInt64(clamping: limit) else {
      throw error("limit-not-honoured", "\(claimed) \(what) are above the limit of \(limit)")
    }
    guard claimed == 0 || first != nil else {
      throw error("index-missing", "\(claimed) \(what) are announced and none are there")
    }
    return Int(claimed)
  }

  func error(_ reason: String, _ message: String) -> ModelError {
    ModelError(blame, reason, message)
  }

  /// `malformed` would blame the file, which nobody has read here.
  private func blamed(_ error: ModelError) -> ModelError {
    var copy = error
    if copy.code == .malformed { copy.code = blame }
    return copy
  }
}

extension ingot_string {
  fileprivate func hasSameBytes(as other: ingot_string) -> Bool {
    guard byte_count == other.byte_count, let bytes, let theirs = other.bytes,
      byte_count <= 32
    else { return false }
    for position in 0..<Int(byte_count) where bytes[position] != theirs[position] { return false }
    return true
  }
}
