import Tensors
import Testing

@Suite("Damaged files are refused or read, never a trap")
struct DamageTests {
  @Test("a file cut anywhere is refused", arguments: Fixture.all("valid"))
  func cutFileIsRefused(_ fixture: Fixture) throws {
    let whole = try fixture.format.index(of: fixture.bytes)
    var accepted: [Int] = []
    for byteCount in 0..<fixture.bytes.count {
      let prefix = Array(fixture.bytes[..<byteCount])
      _ = Format.allCases.map { $0.probe(prefix) }
      if let index = try? fixture.format.index(of: prefix) {
        accepted.append(byteCount)
        #expect(index.tensors == whole.tensors)
      }
    }
    // GGUF's last padding may be absent or incomplete; nothing else may.
    #expect(accepted == Array((accepted.first ?? fixture.bytes.count)..<fixture.bytes.count))
    #expect(accepted.isEmpty || fixture.format == .gguf)
    #expect(accepted.count < 64)
    if let last = whole.tensors.last, let first = accepted.first {
      #expect(first == last.offset + last.byteCount)
    }
  }

  @Test("a longer file is refused", arguments: Fixture.all("valid"))
  func longerFileIsRefused(_ fixture: Fixture) {
    let longer = fixture.bytes + [UInt8](repeating: 0, count: 4096)
    do throws(ModelError) {
      _ = try fixture.format.index(of: longer)
      Issue.record("\(fixture.name) was read")
    } catch {
      #expect(error.reason == "trailing-bytes")
    }
  }

  @Test("flipped bits and changed bytes keep the invariants", arguments: Fixture.all("valid"))
  func flippedBitsKeepInvariants(_ fixture: Fixture) {
    var random = SeededRandom(seed: 20_261_122)
    for _ in 0..<400 {
      var bytes = fixture.bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
        let position = Int.random(in: bytes.indices, using: &random)
        if Bool.random(using: &random) {
          bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        } else {
          bytes[position] = UInt8.random(in: 0...255, using: &random)
        }
      }
      do throws(ModelError) {
        expectInvariants(try fixture.format.index(of: bytes), byteCount: bytes.count)
      } catch {
        #expect(error.context.offset.map { $0 <= UInt64(bytes.count) } ?? true)
        #expect(error.code != .io && error.code != .pluginFailed)
      }
    }
  }
}

/// What holds for every index that a reader returns.
func expectInvariants(_ index: ContainerIndex, byteCount: Int) {
  #expect(Set(index.tensors.map(\.name)).count == index.tensors.count)
  #expect(Set(index.metadata.map(\.key)).count == index.metadata.count)
  var end = 0
  for tensor in index.tensors {
    #expect(!tensor.name.isEmpty)
    #expect(tensor.offset >= end)
    #expect((try? tensor.elementType.byteCount(of: tensor.shape)) == tensor.byteCount)
    end = tensor.offset + tensor.byteCount
  }
  #expect(end <= byteCount)
}

/// SplitMix64: the same numbers from the same seed on every machine.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
