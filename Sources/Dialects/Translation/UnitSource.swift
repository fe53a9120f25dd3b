internal import Encodings
internal import Tensors

/// What the units of a translated tensor are made of.
enum UnitSource: Sendable {
  /// The elements or blocks of a tensor, as they are.
  case stored(TensorInfo)
  /// The numbers of a tensor in F32, times the scale of their block, plus `addend`.
  case numbers(TensorInfo, scale: BlockScale?, addend: Float)
  /// Blocks of MXFP4 of codes and of exponents in tensors of their own.
  case packedMXFP4(codes: TensorInfo, exponents: TensorInfo)
  /// The codes of blocks of MXFP4, 16 bytes each, in the order of gpt-oss.
  case codesOfMXFP4(TensorInfo)
  /// The exponents of blocks of MXFP4.
  case exponentsOfMXFP4(TensorInfo)
  /// Bytes that are there already, in units of one.
  case constant([UInt8])

  /// Scales that blocks of a matrix share.
  struct BlockScale: Sendable {
    /// The scales, a matrix of F32 or another type that can be decoded.
    var tensor: TensorInfo
    /// Rows and columns of the weights for one scale.
    var block: (rows: Int, columns: Int)
    /// Columns of the weights.
    var columnCount: Int
    /// Columns of the scales.
    var scaleColumnCount: Int
  }

  /// Bytes of one unit.
  var unitByteCount: Int {
    switch self {
    case .stored(let tensor): tensor.elementType.blockByteCount
    case .numbers: 4
    case .packedMXFP4: 17
    case .codesOfMXFP4: 16
    case .exponentsOfMXFP4, .constant: 1
    }
  }

  /// The tensor, for messages.
  var tensor: TensorInfo? {
    switch self {
    case .stored(let tensor), .numbers(let tensor, _, _), .packedMXFP4(let tensor, _),
      .codesOfMXFP4(let tensor), .exponentsOfMXFP4(let tensor):
      tensor
    case .constant: nil
    }
  }

  /// Fills `target` with the units from `first`; it has room for whole units. `scratch` is room for
  /// what is read first.
  func load(
    from first: Int, into target: UnsafeMutableRawBufferPointer, _ checkpoint: Checkpoint,
    _ scratch: ScratchBytes
  ) throws(ModelError) {
    let count = target.count / unitByteCount
    switch self {
    case .stored(let tensor):
      try checkpoint.read(tensor, offset: first * unitByteCount, into: target)
    case .constant(let bytes):
      bytes.withUnsafeBytes {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + count]))
      }
    case .numbers(let tensor, let scale, let addend):
      try UnitSource.decode(tensor, first, target, checkpoint, scratch)
      let values = target.assumingMemoryBound(to: Float.self)
      if let scale { try scale.apply(to: values, first: first, checkpoint) }
      if addend != 0 { for index in values.indices { values[index] += addend } }
    case .packedMXFP4(let codes, let exponents):
      let bytes = scratch.bytes(16 * count)
      try checkpoint.read(codes, offset: 16 * first, into: bytes)
      for index in 0..<count {
        MXFP4Layout.pack(
          UnsafeRawBufferPointer(rebasing: bytes[16 * index..<16 * index + 16]),
          into: target.baseAddress.map { $0 + 17 * index + 1 })
      }
      let scales = scratch.bytes(count)
      try checkpoint.read(exponents, offset: first, into: scales)
      for index in 0..<count { target[17 * index] = scales[index] }
    case .codesOfMXFP4(let tensor), .exponentsOfMXFP4(let tensor):
      let blocks = scratch.bytes(17 * count)
      try checkpoint.read(tensor, offset: 17 * first, into: blocks)
      for index in 0..<count {
        if case .exponentsOfMXFP4 = self {
          target[index] = blocks[17 * index]
        } else {
          MXFP4Layout.unpack(
            UnsafeRawBufferPointer(rebasing: blocks[17 * index + 1..<17 * index + 17]),
            into: target.baseAddress.map { $0 + 16 * index })
        }
      }
    }
  }

  /// Elements from `first`, which need not begin a block.
  private static func decode(
    _ tensor: TensorInfo, _ first: Int, _ target: UnsafeMutableRawBufferPointer,
    _ checkpoint: Checkpoint, _ scratch: ScratchBytes
  ) throws(ModelError) {
    guard let codec = EncodingTable.named(tensor.elementType.rawValue), codec.canDecode else {
      throw ModelError(
        .unsupported, "cannot-decode",
        "the numbers of \(tensor.elementType.rawValue) cannot be read", tensor: tensor.name)
    }
    let count = target.count / 4
    let block = codec.blockElementCount
    let start = first / block
    let end = (first + count + block - 1) / block
    let bytes = scratch.bytes((end - start) * codec.blockByteCount + (end - start) * block * 4)
    let encoded = UnsafeMutableRawBufferPointer(
      rebasing: bytes[(end - start) * block * 4..<bytes.count])
    try checkpoint.read(tensor, offset: start * codec.blockByteCount, into: encoded)
    if first % block == 0, count % block == 0 {
      codec.decode(
        UnsafeRawBufferPointer(encoded), into: target.assumingMemoryBound(to: Float.self))
      return
    }
    let decoded = UnsafeMutableRawBufferPointer(rebasing: bytes[..<((end - start) * block * 4)])
    codec.decode(
      UnsafeRawBufferPointer(encoded), into: decoded.assumingMemoryBound(to: Float.self))
    let skipped = 4 * (first - start * block)
    target.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: decoded[skipped..<skipped + target.count]))
  }
}

extension UnitSource.BlockScale {
  /// Multiplies numbers from `first` of the weights by the scale of their block.
  func apply(
    to values: UnsafeMutableBufferPointer<Float>, first: Int, _ checkpoint: Checkpoint
  ) throws(ModelError) {
    guard !values.isEmpty else { return }
    let scratch = ScratchBytes()
    let firstRow = first / columnCount / block.rows
    let lastRow = (first + values.count - 1) / columnCount / block.rows
    let scales = try scratch.floats((lastRow - firstRow + 1) * scaleColumnCount) {
      (target) throws(ModelError) in
      try UnitSource.numbers(tensor, scale: nil, addend: 0).load(
        from: firstRow * scaleColumnCount, into: UnsafeMutableRawBufferPointer(target), checkpoint,
        scratch)
    }
    var index = 0
    while index < values.count {
      let (row, column) = (first + index).quotientAndRemainder(dividingBy: columnCount)
      // To the end of the block in this row, or of the row.
      let blockEnd = min(columnCount, (column / block.columns + 1) * block.columns)
      let count = min(values.count - index, blockEnd - column)
      let place = (row / block.rows - firstRow) * scaleColumnCount + column / block.columns
      let scale = scales[place]
      for offset in index..<index + count { values[offset] *= scale }
      index += count
    }
  }
}
