extension Q4_0: SearchableEncoding {
  public static let searchGrid = SearchGrid.single(codes: -8...7, hasMinimum: false)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    BlockScales(scale: block.half(at: 0))
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 0)
    Nibbles.store((0..<32).map { codes.code($0, plus: 8) }, in: block, at: 2)
  }
}

extension Q4_1: SearchableEncoding {
  public static let searchGrid = SearchGrid.single(codes: 0...15, hasMinimum: true)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    BlockScales(scale: block.half(at: 0), added: block.half(at: 2))
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 0)
    block.storeHalf(-scales.minimum, at: 2)
    Nibbles.store((0..<32).map { codes.code($0) }, in: block, at: 4)
  }
}

extension Q5_0: SearchableEncoding {
  public static let searchGrid = SearchGrid.single(codes: -16...15, hasMinimum: false)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    BlockScales(scale: block.half(at: 0))
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 0)
    Nibbles.store((0..<32).map { codes.code($0, plus: 16) }, in: block, fifthBitsAt: 2, at: 6)
  }
}

extension Q5_1: SearchableEncoding {
  public static let searchGrid = SearchGrid.single(codes: 0...31, hasMinimum: true)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    BlockScales(scale: block.half(at: 0), added: block.half(at: 2))
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 0)
    block.storeHalf(-scales.minimum, at: 2)
    Nibbles.store((0..<32).map { codes.code($0) }, in: block, fifthBitsAt: 4, at: 8)
  }
}

extension Q8_0: SearchableEncoding {
  public static let searchGrid = SearchGrid.single(codes: -127...127, hasMinimum: false)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    BlockScales(scale: block.half(at: 0))
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 0)
    for index in 0..<32 { block[2 + index] = codes.code(index) }
  }
}

extension BlockScales {
  /// Those of a block without sub-blocks.
  fileprivate init(scale: Float) {
    self.init()
    self.scale = scale
    scaleCodes[0] = 1
  }

  /// Likewise, with a minimum that decoding adds.
  fileprivate init(scale: Float, added minimum: Float) {
    self.init(scale: scale)
    self.minimum = -minimum
    minimumCodes[0] = 1
  }
}
