import Encodings
import Testing

/// The kernels of every level write the same bytes as the plain loops.
@Suite struct PathTests {
  @Test(arguments: EncodingTable.all.filter(\.canEncode).map(\.name))
  func encodersAgree(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    for sample in Samples.all {
      let values = wholeBlocks(sample.values, of: encoding)
      let expected = encodePlain(values, as: encoding)
      for level in levels {
        #expect(
          encode(values, as: encoding, level: level) == expected,
          "\(sample.name) at \(level)")
      }
    }
  }

  @Test(arguments: EncodingTable.all.filter(\.canEncode).map(\.name))
  func measurementsAgree(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    for sample in Samples.all {
      let values = wholeBlocks(sample.values, of: encoding)
      let blocks = encodePlain(values, as: encoding)
      let expected = plainErrors(values, decodePlain(blocks, as: encoding))
      for level in levels {
        let measured = encodeMeasuring(values, as: encoding, level: level)
        #expect(measured.blocks == blocks, "\(sample.name) at \(level)")
        #expect(bits(measured.errors) == bits(expected), "\(sample.name) at \(level)")
      }
    }
  }

  @Test(arguments: EncodingTable.all.filter(\.canDecode).map(\.name))
  func decodersAgreeOnRandomBits(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.encoding)
    var generator = SplitMix64(state: 4)
    let count = 3 * 1024 * encoding.blockByteCount
    let blocks = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let expected = bits(decodePlain(blocks, as: encoding))
    for level in levels {
      #expect(bits(decode(blocks, as: encoding, level: level)) == expected, "at \(level)")
    }
  }

  @Test(arguments: [0, 1, 7, 8, 31, 32, 33, 63, 65, 100])
  func countsThatAreNotWholeKernelBlocks(count: Int) {
    let values = Samples.weights(count)
    for encoding in writableEncodings where encoding.blockElementCount == 1 {
      let expected = encodePlain(values, as: encoding)
      let decoded = bits(decodePlain(expected, as: encoding))
      for level in levels {
        let measured = encodeMeasuring(values, as: encoding, level: level)
        #expect(measured.blocks == expected, "\(encoding.name) at \(level)")
        #expect(
          bits(measured.errors) == bits(plainErrors(values, decodePlain(expected, as: encoding))))
        #expect(bits(decode(expected, as: encoding, level: level)) == decoded)
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func blocksAtUnalignedAddresses(shift: Int) {
    for encoding in writableEncodings {
      let values = Samples.weights(max(96, 3 * encoding.blockElementCount))
      let expected = encodePlain(values, as: encoding)
      for level in levels {
        var memory = [UInt8](repeating: 0, count: shift + expected.count)
        var decoded = [Float](repeating: 0, count: values.count)
        memory.withUnsafeMutableBytes { memory in
          let blocks = UnsafeMutableRawBufferPointer(rebasing: memory[shift...])
          values.withUnsafeBufferPointer { encoding.encode($0, into: blocks, level: level) }
          decoded.withUnsafeMutableBufferPointer {
            encoding.decode(UnsafeRawBufferPointer(blocks), into: $0, level: level)
          }
        }
        #expect(Array(memory[shift...]) == expected, "\(encoding.name) at \(level)")
        #expect(bits(decoded) == bits(decodePlain(expected, as: encoding)))
      }
    }
  }

  /// Written from the documentation of `ErrorSums`, not from its code.
  private func plainErrors(_ values: [Float], _ decoded: [Float]) -> ErrorSums {
    var error = [Double](repeating: 0, count: 8)
    var reference = error
    var maximum: Float = 0
    func squares(_ s: [Float]) -> Double {
      let sum: Float = (s[0] * s[0] + s[1] * s[1]) + (s[2] * s[2] + s[3] * s[3])
      if sum > 0x1p-90 && sum < .infinity { return Double(sum) }
      let d = s.map { Double($0) * Double($0) }
      return (d[0] + d[1]) + (d[2] + d[3])
    }
    for block in stride(from: 0, to: values.count, by: 32) {
      for lane in 0..<8 {
        let indexes = (0..<4).map { block + lane + 8 * $0 }
        let differences = indexes.map { $0 < values.count ? decoded[$0] - values[$0] : 0 }
        error[lane] += squares(differences)
        reference[lane] += squares(indexes.map { $0 < values.count ? values[$0] : 0 })
        for difference in differences where !difference.isNaN {
          maximum = max(maximum, difference.magnitude)
        }
      }
    }
    func total(_ s: [Double]) -> Double {
      let total = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
      return total.isNaN ? .nan : total
    }
    return ErrorSums(
      sumOfSquaredError: total(error), sumOfSquaredReference: total(reference),
      maximumAbsoluteError: Double(maximum), elementCount: values.count)
  }
}
