import Tensors
import Testing

@Suite("GGUF, byte by byte")
struct GGUFTests {
  private let format = Format.gguf

  private func text(_ text: String) -> [UInt8] {
    bytes(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private func start(tensors: Int, keys: Int) -> [UInt8] {
    Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(tensors)) + bytes(UInt64(keys))
  }

  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
  }

  private func layoutReason(_ tensors: [TensorInfo], _ metadata: [MetadataEntry] = []) -> String? {
    do throws(ModelError) {
      _ = try format.layout(of: ContainerIndex(tensors: tensors, metadata: metadata))
      return nil
    } catch {
      return "\(error.code.rawValue) \(error.reason)"
    }
  }

  private func tensor(
    _ name: String, _ type: ElementType = .I8, _ dimensions: [Int] = [4], _ byteCount: Int = 4
  ) throws -> TensorInfo {
    TensorInfo(
      name: name, elementType: type, shape: try Shape(dimensions), offset: 0, byteCount: byteCount)
  }

  @Test("shapes turn round: the first extent in the file is the fastest")
  func shapesTurnRound() throws {
    let header =
      start(tensors: 1, keys: 1) + text("k") + bytes(UInt32(5)) + bytes(Int32(-7)) + text("w")
      + bytes(UInt32(2)) + bytes(UInt64(64)) + bytes(UInt64(3)) + bytes(UInt32(2))
      + bytes(UInt64(0))
    let file = padded(header) + [UInt8](repeating: 1, count: 108)
    let index = try format.index(of: file)
    #expect(index.metadata == [.init("k", .int32(-7))])
    #expect(
      index.tensors == [
        TensorInfo(
          name: "w", elementType: .Q4_0, shape: try Shape([3, 64]), offset: padded(header).count,
          byteCount: 108)
      ])
  }

  @Test("the layout is the file, byte for byte")
  func layoutIsTheFile() throws {
    let layout = try format.layout(
      of: ContainerIndex(
        tensors: [try tensor("a", .F16, [3, 1], 6), try tensor("b", .F32, [], 4)],
        metadata: [.init("s", .string("t")), .init("b", .array(.bool([true])))]))
    let header = padded(
      start(tensors: 2, keys: 2) + text("s") + bytes(UInt32(8)) + text("t") + text("b")
        + bytes(UInt32(9)) + bytes(UInt32(7)) + bytes(UInt64(1)) + [1]
        + text("a") + bytes(UInt32(2)) + bytes(UInt64(1)) + bytes(UInt64(3)) + bytes(UInt32(1))
        + bytes(UInt64(0))
        + text("b") + bytes(UInt32(0)) + bytes(UInt32(0)) + bytes(UInt64(32)))
    #expect(layout.segments.map(\.offset) == [0, header.count + 6, header.count + 36])
    #expect(layout.segments[0].bytes == header)
    #expect(layout.segments[1].bytes == [UInt8](repeating: 0, count: 26))
    #expect(layout.tensorOffsets == [header.count, header.count + 32])
    #expect(layout.byteCount == header.count + 64)
  }

  @Test("another alignment is written as 32, in its place")
  func alignmentIsWrittenAs32() throws {
    let index = ContainerIndex(
      tensors: [],
      metadata: [
        .init("a", .uint8(1)), .init("general.alignment", .uint32(64)), .init("b", .uint8(2)),
      ])
    let layout = try format.layout(of: index)
    let read = try format.index(of: assemble(layout, data: []))
    #expect(read.metadata.map(\.key) == ["a", "general.alignment", "b"])
    #expect(read.metadata["general.alignment"] == .uint32(32))
    #expect(
      layoutReason([], [.init("general.alignment", .uint64(32))])
        == "invalidArgument alignment-not-u32")
  }

  @Test("a string longer than the reader's window is read whole")
  func longString() throws {
    let long = String(repeating: "Ġvocabulary ", count: 50_000)
    let index = ContainerIndex(
      tensors: [], metadata: [.init("k", .string(long)), .init("l", .array(.string([long, "é"])))])
    let layout = try format.layout(of: index)
    #expect(try format.index(of: assemble(layout, data: [])) == index)
  }

  @Test("strings on either side of the window's edge are read whole")
  func windowEdge() throws {
    let words = (0..<40_000).map { "token \($0)" }
    let numbers = (0..<100_000).map { Int32($0) }
    let index = ContainerIndex(
      tensors: [],
      metadata: [.init("w", .array(.string(words))), .init("n", .array(.int32(numbers)))])
    let layout = try format.layout(of: index)
    #expect(try format.index(of: assemble(layout, data: [])) == index)
  }

  @Test("a big-endian file is named as one")
  func bigEndianIsNamed() {
    let file = Array("GGUF".utf8) + bytes(UInt32(3).byteSwapped) + [UInt8](repeating: 0, count: 16)
    do throws(ModelError) {
      _ = try format.index(of: file)
      Issue.record("the file was read")
    } catch {
      #expect(error.reason == "big-endian")
      #expect(error.message.contains("big-endian file of version 3"))
      #expect(error.context.offset == 4)
    }
  }

  @Test("limits of the user are limits, not defects of the file")
  func rankLimit() throws {
    let layout = try format.layout(
      of: ContainerIndex(tensors: [try tensor("a", .I8, [1, 4])], metadata: []))
    let source = MemoryByteSource(assemble(layout, data: []))
    do throws(ModelError) {
      _ = try format.index(of: source, limits: Limits(rank: 1))
      Issue.record("the file was read")
    } catch {
      #expect(error.code == .limitExceeded)
      #expect(error.reason == "rank-over-limit")
    }
  }

  @Test("what the format cannot hold is an invalid argument")
  func layoutRefuses() throws {
    #expect(layoutReason([try tensor("a", .BOOL)]) == "invalidArgument type-not-in-format")
    #expect(
      layoutReason([try tensor("a", .I8, [4, 1, 1, 1, 1])]) == "invalidArgument too-many-dimensions"
    )
    #expect(layoutReason([try tensor("")]) == "invalidArgument name-empty")
    #expect(
      layoutReason([try tensor(String(repeating: "n", count: 64))])
        == "invalidArgument name-too-long")
    #expect(layoutReason([try tensor("a\0")]) == "invalidArgument name-has-nul")
    #expect(
      layoutReason([try tensor("a"), try tensor("a")]) == "invalidArgument duplicate-tensor-name")
    #expect(layoutReason([try tensor("a", .I8, [4], 5)]) == "invalidArgument size-mismatch")
    #expect(
      layoutReason([try tensor("a", .Q4_K, [128], 72)]) == "invalidArgument row-not-whole-blocks")
    #expect(
      layoutReason([try tensor("a", .I8, [Int.max], Int.max)]) == "invalidArgument size-overflow")
    #expect(layoutReason([], [.init("", .uint8(1))]) == "invalidArgument key-empty")
    #expect(layoutReason([], [.init("ü", .uint8(1))]) == "invalidArgument key-not-ascii")
    #expect(layoutReason([], [.init("k\0", .uint8(1))]) == "invalidArgument key-has-nul")
    #expect(
      layoutReason([], [.init(String(repeating: "k", count: 65_536), .uint8(1))])
        == "invalidArgument key-too-long")
    #expect(
      layoutReason([], [.init("k", .uint8(1)), .init("k", .uint8(1))])
        == "invalidArgument duplicate-key")
  }

  @Test("a bid counts the bits that were looked at")
  func bids() {
    #expect(format.probe(start(tensors: 0, keys: 0)) == 64)
    #expect(format.probe(Array("GGUF".utf8)) == 32)
    #expect(format.probe(Array("GGUF".utf8) + bytes(UInt32(1))) == 32)
    #expect(format.probe(Array("gguf".utf8) + bytes(UInt32(3))) == 0)
    #expect(format.probe(Array("GGU".utf8)) == 0)
  }
}
