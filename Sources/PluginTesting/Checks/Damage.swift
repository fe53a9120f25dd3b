internal import Tensors

extension PluginConformance {
  /// Every prefix of up to 4 KiB, and some longer ones, is an error or means the same.
  func truncations(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("a truncated file is an error, or means the same")
    for fixture in fixtures {
      guard case .success(let whole) = open(memory(fixture)) else { continue }
      let count = fixture.bytes.count
      let step = max(1, (count - 4096) / 256)
      let lengths =
        Array(0..<min(4096, count))
        + (count > 4096 ? Array(stride(from: 4096, to: count, by: step)) : [])
      let source = memory(fixture)
      for length in lengths {
        let name = "\(fixture.name), the first \(length) bytes"
        let result = timed(&check, name) { open(PrefixSource(whole: source, byteCount: length)) }
        switch result {
        case .success(let index):
          check.expect(index.hasSameBits(as: whole), "\(name): another index")
        case .failure(let error): expectReadable(error, &check, name)
        }
      }
    }
    return check
  }

  /// One flipped bit anywhere is an error or an index that can be true.
  func bitFlips(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("a flipped bit never makes it crash, hang or lie")
    var generator = SeededGenerator(seed: seed)
    for fixture in fixtures where !fixture.bytes.isEmpty {
      for _ in 0..<bitFlipCount {
        var bytes = fixture.bytes
        // Headers are where damage matters, and files are mostly weights.
        let reach = Bool.random(using: &generator) ? min(bytes.count, 512) : bytes.count
        let position = Int.random(in: 0..<reach, using: &generator)
        let bit = Int.random(in: 0..<8, using: &generator)
        bytes[position] ^= 1 << UInt8(bit)
        let name = "\(fixture.name), bit \(bit) of byte \(position)"
        let source = MemoryByteSource(bytes, name: fixture.name)
        if case .failure(let error) = timed(&check, name, { open(source) }) {
          expectReadable(error, &check, name)
        } else {
          check.tried()
        }
      }
    }
    return check
  }

  /// An error about a damaged file blames the file.
  private func expectReadable(
    _ error: ModelError, _ check: inout ConformanceReport.Check, _ name: String
  ) {
    check.expect(
      ![.pluginFailed, .io, .invalidArgument].contains(error.code),
      "\(name): \(error.code): \(error)")
  }

  private func timed<Value>(
    _ check: inout ConformanceReport.Check, _ name: String, _ body: () -> Value
  ) -> Value {
    let start = ContinuousClock.now
    let value = body()
    let duration = ContinuousClock.now - start
    if duration > openTimeLimit { check.fail("\(name): opening took \(duration)") }
    return value
  }
}
