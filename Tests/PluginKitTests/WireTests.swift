import Tensors
import Testing

@testable import PluginKit

/// The host believes nothing of what an isolated process sends.
@Suite struct WireTests {
  private func answer(_ bytes: [UInt8]) throws -> IsolatedAnswer {
    let outcome = ChildProcess.Outcome(
      output: bytes, end: .exited(status: 0), peakMemoryByteCount: 0)
    return try IsolatedAnswer(outcome, pluginCount: 1, limits: Limits())
  }

  private func message() throws -> (bytes: [UInt8], index: ContainerIndex) {
    let tensors = [
      TensorInfo(
        name: "ä", elementType: .Q4_0, shape: try Shape([2, 32]), offset: 64, byteCount: 36),
      TensorInfo(
        name: "b", elementType: .F32, shape: .scalar, offset: 0, byteCount: 4, indexInFile: 1,
        isReadByPlugin: true),
    ]
    let values: [MetadataValue] = [
      .uint8(1), .int8(-1), .uint16(2), .int16(-2), .uint32(3), .int32(-3), .uint64(.max),
      .int64(.min), .float32(0.5), .float64(-0.25), .bool(true), .string("ß"),
      .array(.uint8([1])), .array(.int8([-1])), .array(.uint16([2])), .array(.int16([-2])),
      .array(.uint32([3])), .array(.int32([-3])), .array(.uint64([4])), .array(.int64([-4])),
      .array(.float32([0.5])), .array(.float64([0.25])), .array(.bool([true, false])),
      .array(.string(["", "x"])),
    ]
    let metadata = values.enumerated().map { MetadataEntry("key.\($0.offset)", $0.element) }
    let index = ContainerIndex(tensors: tensors, metadata: metadata)
    var writer = WireWriter()
    writer.appendMagic()
    writer.appendStage(.opening, plugin: 0)
    writer.append(index, plugin: 0)
    return (writer.bytes, index)
  }

  @Test func everyValueComesBack() throws {
    let (bytes, index) = try message()
    #expect(try answer(bytes).index == index)
  }

  @Test func errorComesBack() throws {
    var writer = WireWriter()
    writer.appendMagic()
    writer.append(ModelError(.refused, "some-reason", "why", tensor: "t", offset: 7))
    let failure = failure { _ = try answer(writer.bytes) }
    #expect(failure?.code == .refused)
    #expect(failure?.text == "tensor t: at byte 7: why [some-reason]")
  }

  @Test func everyTruncationIsABreach() throws {
    let bytes = try message().bytes
    for length in bytes.indices {
      #expect(failure { _ = try answer(Array(bytes[..<length])) }?.reason == "plugin-protocol")
    }
  }

  @Test func everyFlippedBitIsABreachOrAnAnswer() throws {
    let bytes = try message().bytes
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(bit)
        let failure = failure { _ = try answer(damaged) }
        #expect(failure == nil || failure?.code == .pluginFailed)
      }
    }
  }

  @Test func textAfterTheResultIsABreach() throws {
    #expect(failure { _ = try answer(try message().bytes + [0]) }?.reason == "plugin-protocol")
  }

  @Test func hugeCountsTakeNoMemory() throws {
    // An `opened` record that announces 2^60 tensors.
    var bytes = WireFormat.magic + [3, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    bytes += [0, 0, 0, 0, 0, 0, 0, 16]
    #expect(failure { _ = try answer(bytes) }?.reason == "plugin-protocol")
  }
}
