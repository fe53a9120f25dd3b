import Tensors
import Testing

@Suite("safetensors, byte by byte")
struct SafetensorsTests {
  private let format = Format.safetensors

  private func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
    bytes(UInt64(header.utf8.count)) + Array(header.utf8) + data
  }

  private func reason(_ header: String, data: [UInt8] = [], limits: Limits = Limits()) -> String? {
    do throws(ModelError) {
      _ = try format.index(of: MemoryByteSource(file(header, data: data)), limits: limits)
      return nil
    } catch {
      return "\(error.code.rawValue) \(error.reason)"
    }
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
    _ name: String, _ type: ElementType = .U8, _ dimensions: [Int] = [4], _ byteCount: Int = 4
  ) throws -> TensorInfo {
    TensorInfo(
      name: name, elementType: type, shape: try Shape(dimensions), offset: 0, byteCount: byteCount)
  }

  @Test("the tensors of a file are found where they are")
  func tensorsAreFound() throws {
    let header = """
      {"__metadata__":{"b":"1","a":"2"},"w":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},\
      "s":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}
      """
    let index = try format.index(of: file(header, data: [UInt8](repeating: 7, count: 16)))
    let start = 8 + header.utf8.count
    let tensors = [
      TensorInfo(
        name: "s", elementType: .I32, shape: .scalar, offset: start, byteCount: 4, indexInFile: 0),
      TensorInfo(
        name: "w", elementType: .BF16, shape: try Shape([2, 3]), offset: start + 4, byteCount: 12,
        indexInFile: 1),
    ]
    #expect(index.tensors == tensors)
    #expect(index.metadata == [.init("b", .string("1")), .init("a", .string("2"))])
  }

  @Test("the header is the one that the reference writer makes")
  func headerIsTheReferenceWriters() throws {
    let layout = try format.layout(
      of: ContainerIndex(
        tensors: [try tensor("a", .F32, [1, 1]), try tensor("b", .U8, [3], 3)],
        metadata: [.init("format", .string("pt"))]))
    let expected =
      #"{"__metadata__":{"format":"pt"},"#
      + #""a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"#
      + #""b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}     "#
    #expect(layout.segments.count == 1)
    #expect(layout.segments[0].bytes == file(expected))
    #expect(layout.tensorOffsets == [8 + expected.utf8.count, 12 + expected.utf8.count])
    #expect(layout.byteCount == 15 + expected.utf8.count)
  }

  @Test("values nest 100 000 deep: refused, not a stack overflow", arguments: ["[", "{\"a\":"])
  func deepNesting(_ opener: String) {
    let deep = String(repeating: opener, count: 100_000)
    #expect(reason(deep) != nil)
    #expect(reason("{\"a\":{\"x\":" + deep) == "malformed json-too-deep")
    #expect(reason("{\"a\":" + deep) != nil)
    #expect(reason("{\"__metadata__\":{\"k\":" + deep) == "malformed metadata-not-string")
  }

  @Test("a thousand tensors over the same bytes")
  func thousandfoldOverlap() {
    let entries = (0..<1000).map {
      "\"t\($0)\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}"
    }
    #expect(
      reason("{" + entries.joined(separator: ",") + "}", data: [0, 0, 0, 0])
        == "malformed offset-overlap")
  }

  @Test("limits of the user are limits, not defects of the file")
  func limits() {
    let two = """
      {"__metadata__":{"a":"1","b":"2"},"a":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},\
      "b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}
      """
    #expect(reason(two, data: [1, 2]) == nil)
    #expect(
      reason(two, data: [1, 2], limits: Limits(tensorCount: 1)) == "limitExceeded too-many-tensors")
    #expect(
      reason(two, data: [1, 2], limits: Limits(metadataCount: 1))
        == "limitExceeded too-many-metadata-entries")
    #expect(reason(two, data: [1, 2], limits: Limits(rank: 1)) == "limitExceeded rank-over-limit")
    #expect(
      reason(two, data: [1, 2], limits: Limits(headerByteCount: 64))
        == "limitExceeded header-over-limit")
    let name = String(repeating: "n", count: 65_536)
    #expect(
      reason("{\"\(name)\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", data: [1])
        == "limitExceeded name-too-long")
  }

  @Test("what the format cannot hold is an invalid argument")
  func layoutRefuses() throws {
    #expect(
      layoutReason([try tensor("a", .Q4_0, [32], 18)]) == "invalidArgument type-not-in-format")
    #expect(layoutReason([], [.init("k", .uint8(1))]) == "invalidArgument metadata-not-string")
    #expect(
      layoutReason([], [.init("k", .string("")), .init("k", .string(""))])
        == "invalidArgument duplicate-key")
    #expect(
      layoutReason([try tensor("a"), try tensor("a")]) == "invalidArgument duplicate-tensor-name")
    #expect(layoutReason([try tensor("__metadata__")]) == "invalidArgument name-reserved")
    #expect(layoutReason([try tensor("")]) == "invalidArgument name-empty")
    #expect(layoutReason([try tensor("a\0")]) == "invalidArgument name-has-nul")
    #expect(layoutReason([try tensor("a", .U8, [4], 5)]) == "invalidArgument size-mismatch")
    #expect(layoutReason([try tensor("a", .F4, [3], 2)]) == "invalidArgument row-not-whole-blocks")
    #expect(
      layoutReason([
        try tensor("a", .U8, [Int.max], Int.max), try tensor("b", .U8, [Int.max], Int.max),
      ]) == "invalidArgument size-overflow")
    #expect(
      layoutReason([], [.init("k", .string(String(repeating: "v", count: 100_000_000)))])
        == "invalidArgument header-too-large")
  }

  @Test("a bid counts the bits that were looked at")
  func bids() {
    #expect(format.probe(file("{}")) == 53)
    #expect(format.probe(file(" \n{ \"")) == 53)
    #expect(format.probe(bytes(UInt64.max) + Array("{\"".utf8)) == 16)
    #expect(format.probe(file("[]")) == 0)
    #expect(format.probe([1, 0, 0, 0, 0, 0, 0]) == 0)
  }
}
