internal import Encodings
internal import Tensors

/// A tensor of the other dialect: what it is called, its type and shape, and where it comes from.
struct TranslatedTensor {
  var name: String
  var elementType: ElementType
  var shape: Shape
  var assembly: Assembly
  var sources: [UnitSource]
  /// Whether it stands in front of all others.
  var isFirst = false

  /// A tensor of numbers or blocks that move, or of F32 where they are computed.
  ///
  /// `assembly` counts elements. Throws `unsupported` (`cannot-decode`), `malformed`
  /// (`row-not-whole-blocks`, `size-overflow`).
  init(
    name: String, shape: Shape, assembly: Assembly, of tensors: [TensorInfo],
    scales: [UnitSource.BlockScale?] = [], addend: Float = 0, isWidened: Bool
  ) throws(ModelError) {
    self.name = name
    self.shape = shape
    let type = tensors.first?.elementType ?? .F32
    let moves =
      addend == 0 && scales.allSatisfy { $0 == nil } && !(isWidened && type != .F32)
      && TranslatedTensor.isMovable(type) && tensors.allSatisfy { $0.elementType == type }
    if moves, shape.rowElementCount % type.blockElementCount == 0,
      let units = assembly.inUnits(of: type.blockElementCount)
    {
      elementType = type
      self.assembly = units
      sources = tensors.map { .stored($0) }
      return
    }
    for tensor in tensors {
      guard EncodingTable.named(tensor.elementType.rawValue)?.canDecode == true else {
        throw ModelError(
          .unsupported, "cannot-decode",
          "the numbers of \(tensor.elementType.rawValue) cannot be read", tensor: tensor.name)
      }
    }
    elementType = .F32
    self.assembly = assembly
    sources = tensors.enumerated().map { index, tensor in
      .numbers(
        tensor, scale: scales.indices.contains(index) ? scales[index] : nil, addend: addend)
    }
  }

  /// A tensor whose units are made in a way of their own.
  init(
    name: String, elementType: ElementType, shape: Shape, assembly: Assembly,
    sources: [UnitSource]
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.assembly = assembly
    self.sources = sources
  }

  /// Types that both dialects have, so that bytes may stay as they are.
  private static func isMovable(_ type: ElementType) -> Bool {
    switch type {
    case .F32, .F16, .BF16: true
    default: type.blocksFollowRows
    }
  }

  /// The source's extent if the tensor is one run of it; nil if it has to be assembled.
  func plain(_ byteCount: Int) -> TensorInfo? {
    guard let start = assembly.contiguousStart, case .stored(var tensor) = sources[start.source]
    else { return nil }
    let offset = start.unit * tensor.elementType.blockByteCount
    if tensor.isReadByPlugin, offset != 0 || byteCount != tensor.byteCount { return nil }
    tensor.offset += offset
    tensor.name = name
    tensor.shape = shape
    tensor.byteCount = byteCount
    return tensor
  }
}

extension Checkpoint {
  /// The same files with these tensors; what is no run of a file is read through a reader.
  ///
  /// Throws `malformed` (`row-not-whole-blocks`, `size-overflow`).
  func translated(
    _ tensors: [TranslatedTensor], metadata: [MetadataEntry]
  ) throws(ModelError) -> Checkpoint {
    var infos: [TensorInfo] = []
    var assembled: [AssembledTensor] = []
    let firstIndex = (self.tensors.lazy.map(\.indexInFile).max() ?? 0) &+ 1
    for tensor in tensors.filter(\.isFirst) + tensors.filter({ !$0.isFirst }) {
      let byteCount = try tensor.elementType.byteCount(of: tensor.shape)
      if let plain = tensor.plain(byteCount) {
        infos.append(plain)
        continue
      }
      let info = TensorInfo(
        name: tensor.name, elementType: tensor.elementType, shape: tensor.shape,
        fileIndex: tensor.sources.lazy.compactMap(\.tensor?.fileIndex).first ?? 0, offset: 0,
        byteCount: byteCount, indexInFile: firstIndex + assembled.count, isReadByPlugin: true)
      infos.append(info)
      assembled.append(
        AssembledTensor(
          assembly: tensor.assembly, sources: tensor.sources,
          unitByteCount: tensor.sources.first?.unitByteCount ?? 1))
    }
    var result = self
    result.tensors = infos
    result.metadata = metadata
    for index in result.files.indices {
      result.files[index].reader = TranslationReader(
        original: self, originalReader: files[index].reader, firstIndex: firstIndex,
        tensors: assembled)
    }
    return result
  }
}
