extension Q2_K: SearchableEncoding {
  public static let searchGrid = SearchGrid.affine(
    partCount: 16, codes: 0...3, partCodes: 0...15)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    var scales = BlockScales()
    scales.scale = block.half(at: 80)
    scales.minimum = block.half(at: 82)
    for part in 0..<16 {
      scales.scaleCodes[part] = Float(block[part] & 15)
      scales.minimumCodes[part] = Float(block[part] >> 4)
    }
    return scales
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 80)
    block.storeHalf(scales.minimum, at: 82)
    for part in 0..<16 {
      block[part] = UInt8(scales.scaleCodes[part]) | UInt8(scales.minimumCodes[part]) << 4
    }
    for index in 0..<64 {
      block[16 + index] = codes.pairs(index / 32 * 128 + index % 32)
    }
  }
}

extension Q3_K: SearchableEncoding {
  public static let searchGrid = SearchGrid.symmetric(codes: -4...3, partCodes: -32...31)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    var scales = BlockScales()
    scales.scale = block.half(at: 108)
    for part in 0..<16 { scales.scaleCodes[part] = Float(Int(scaleCode(part, in: block)) - 32) }
    return scales
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.initializeMemory(as: UInt8.self, repeating: 0)
    block.storeHalf(scales.scale, at: 108)
    for part in 0..<16 {
      let code = UInt8(scales.scaleCodes[part] + 32)
      block[96 + part % 8] |= (code & 15) << UInt8(part / 8 * 4)
      block[104 + part % 4] |= (code >> 4) << UInt8(part / 4 * 2)
    }
    for index in 0..<256 {
      let (half, place) = (index / 128, index % 128)
      let code = UInt8(codes[index] + 4)
      block[index % 32] |= (code >> 2) << UInt8(index / 32)
      block[32 + 32 * half + place % 32] |= (code & 3) << UInt8(place / 32 * 2)
    }
  }
}

extension Q4_K: SearchableEncoding {
  public static let searchGrid = SearchGrid.affine(
    partCount: 8, codes: 0...15, partCodes: 0...63)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    PackedScales.scales(of: block)
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    PackedScales.store(scales, in: block)
    for index in 0..<128 {
      let first = index / 32 * 64 + index % 32
      block[16 + index] = codes.code(first) | codes.code(first + 32) << 4
    }
  }
}

extension Q5_K: SearchableEncoding {
  public static let searchGrid = SearchGrid.affine(
    partCount: 8, codes: 0...31, partCodes: 0...63)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    PackedScales.scales(of: block)
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    PackedScales.store(scales, in: block)
    for index in 0..<32 {
      block[16 + index] = (0..<8).reduce(0) { bits, part in
        bits | (codes.code(32 * part + index) >> 4) << UInt8(part)
      }
    }
    for index in 0..<128 {
      let first = index / 32 * 64 + index % 32
      block[48 + index] = codes.code(first) & 15 | codes.code(first + 32) << 4
    }
  }
}

extension Q6_K: SearchableEncoding {
  public static let searchGrid = SearchGrid.symmetric(codes: -32...31, partCodes: -128...127)

  public static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    var scales = BlockScales()
    scales.scale = block.half(at: 208)
    for part in 0..<16 {
      scales.scaleCodes[part] = Float(Int8(bitPattern: block[192 + part]))
    }
    return scales
  }

  public static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 208)
    for part in 0..<16 {
      block[192 + part] = UInt8(bitPattern: Int8(scales.scaleCodes[part]))
    }
    for half in 0..<2 {
      let run = UnsafeBufferPointer(rebasing: codes[128 * half..<128 * half + 128])
      for index in 0..<64 {
        let (lower, upper) = (run.code(index, plus: 32), run.code(index + 64, plus: 32))
        block[64 * half + index] = lower & 15 | upper << 4
      }
      for index in 0..<32 {
        block[128 + 32 * half + index] = (0..<4).reduce(0) { bits, place in
          bits | (run.code(index + 32 * place, plus: 32) >> 4) << UInt8(2 * place)
        }
      }
    }
  }
}

extension PackedScales {
  fileprivate static func scales(of block: UnsafeRawBufferPointer) -> BlockScales {
    var scales = BlockScales()
    scales.scale = block.half(at: 0)
    scales.minimum = block.half(at: 2)
    for part in 0..<8 {
      let packed = codes(block, at: 4, part)
      scales.scaleCodes[part] = Float(packed.scale)
      scales.minimumCodes[part] = Float(packed.minimum)
    }
    return scales
  }

  fileprivate static func store(
    _ scales: BlockScales, in block: UnsafeMutableRawBufferPointer
  ) {
    block.storeHalf(scales.scale, at: 0)
    block.storeHalf(scales.minimum, at: 2)
    store(
      scales: (0..<8).map { UInt8(scales.scaleCodes[$0]) },
      minimums: (0..<8).map { UInt8(scales.minimumCodes[$0]) }, in: block, at: 4)
  }
}

extension UnsafeBufferPointer<Int8> {
  /// The code of an element as it is stored: `offset` more.
  func code(_ index: Int, plus offset: Int8 = 0) -> UInt8 {
    UInt8(bitPattern: self[index] &+ offset)
  }

  /// The codes of two bits of the elements `first`, + 32, + 64 and + 96.
  fileprivate func pairs(_ first: Int) -> UInt8 {
    let lower = code(first) | code(first + 32) << 2
    return lower | code(first + 64) << 4 | code(first + 96) << 6
  }
}
