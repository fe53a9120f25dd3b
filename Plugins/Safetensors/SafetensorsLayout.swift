public import Tensors

extension SafetensorsContainer {
  /// The header as the reference writer spells it, padded with spaces to 8 bytes, then the tensors
  /// in the order of `index`.
  ///
  /// The bytes are those of `safetensors.serialize` for the same order of tensors and metadata. An
  /// index without metadata has no `__metadata__`. Throws `invalidArgument` if the format or our own
  /// reader would refuse the file: `metadata-not-string`, `type-not-in-format`, `name-reserved`,
  /// `name-empty`, `name-too-long`, `name-has-nul`, `duplicate-tensor-name`, `duplicate-key`, `size-mismatch`,
  /// `row-not-whole-blocks`, `size-overflow`, `header-too-large`.
  public static func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    var text = HeaderText()
    try text.append(metadata: index.metadata)
    var names: Set<String> = []
    var offsets: [Int] = []
    var end = 0
    for tensor in index.tensors {
      do throws(ModelError) {
        try check(tensor, &names)
        offsets.append(end)
        let begin = end
        end = try Checked.sum(end, tensor.byteCount)
        text.append(tensor, begin: begin, end: end)
      } catch {
        throw error.asArgument(tensor: tensor.name)
      }
    }
    let header = text.finished()
    let headerByteCount = header.count - prefixByteCount
    guard headerByteCount <= maximumHeaderByteCount else { throw headerTooLarge(headerByteCount) }
    do throws(ModelError) {
      let byteCount = try Checked.sum(header.count, end)
      return ContainerLayout(
        byteCount: byteCount, segments: [.init(offset: 0, bytes: header)],
        tensorOffsets: offsets.map { header.count + $0 })
    } catch {
      throw error.asArgument()
    }
  }

  static func headerTooLarge(_ byteCount: Int) -> ModelError {
    ModelError(
      .invalidArgument, "header-too-large",
      "the header takes \(byteCount) bytes or more; the format allows \(maximumHeaderByteCount)")
  }

  private static func check(
    _ tensor: TensorInfo, _ names: inout Set<String>
  ) throws(ModelError) {
    try checkName(tensor.name)
    guard tensor.name != SafetensorsHeader.metadataKey else {
      throw ModelError(
        .invalidArgument, "name-reserved", "no tensor can be called \(tensor.name)")
    }
    guard names.insert(tensor.name).inserted else {
      throw ModelError(.invalidArgument, "duplicate-tensor-name", "two tensors have this name")
    }
    guard ElementType.safetensors[tensor.elementType.rawValue] != nil else {
      throw ModelError(
        .invalidArgument, "type-not-in-format",
        "safetensors has no element type \(tensor.elementType.rawValue)")
    }
    let byteCount = try tensor.elementType.byteCount(of: tensor.shape)
    guard byteCount == tensor.byteCount else {
      throw ModelError(
        .invalidArgument, "size-mismatch",
        "\(tensor.elementType.rawValue) \(tensor.shape) takes \(byteCount) bytes, not "
          + "\(tensor.byteCount)")
    }
  }

  /// Throws `invalidArgument`: `name-empty`, `name-too-long` or `name-has-nul`.
  static func checkName(_ name: String) throws(ModelError) {
    guard !name.isEmpty else {
      throw ModelError(.invalidArgument, "name-empty", "a name is empty")
    }
    guard name.utf8.count <= SafetensorsHeader.maximumNameByteCount else {
      throw ModelError(
        .invalidArgument, "name-too-long",
        "a name has \(name.utf8.count) bytes; the limit is "
          + "\(SafetensorsHeader.maximumNameByteCount)")
    }
    guard !name.utf8.contains(0) else {
      throw ModelError(.invalidArgument, "name-has-nul", "a name contains NUL")
    }
  }
}

extension ModelError {
  /// The same defect when the caller, not a file, is its source.
  fileprivate func asArgument(tensor: String? = nil) -> ModelError {
    var copy = at(tensor: tensor)
    copy.code = .invalidArgument
    return copy
  }
}
