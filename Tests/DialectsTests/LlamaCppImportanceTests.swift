import Tensors
import Testing

@testable import Dialects

private let noDigest = [UInt8](repeating: 0, count: 32).withUnsafeBytes { Digest(first32: $0) }

private func i32(_ value: Int32) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

@Suite struct LlamaCppImportanceTests {
  @Test func theKeysAreLlamaQuantizes() throws {
    let parts = [
      i32(1), i32(1), [65], i32(1), i32(1), [0, 0, 0, 0], i32(9), i32(1), [66],
    ]
    let bytes = parts.flatMap { $0 }
    let matrix = try ImportanceMatrix(
      legacy: MemoryByteSource(bytes), name: "/home/me/m.dat", sha256: noDigest)
    #expect(
      LlamaCppImportance.metadata(matrix) == [
        MetadataEntry("quantize.imatrix.file", .string("m.dat")),
        MetadataEntry("quantize.imatrix.dataset", .string("B")),
        MetadataEntry("quantize.imatrix.entries_count", .uint32(1)),
        MetadataEntry("quantize.imatrix.chunks_count", .uint32(9)),
      ])
  }

  @Test func whatIsUnknownIsLeftOut() throws {
    let bytes = [i32(1), i32(1), [65], i32(1), i32(1), [0, 0, 0, 0]].flatMap { $0 }
    let matrix = try ImportanceMatrix(
      legacy: MemoryByteSource(bytes), name: "m.dat", sha256: noDigest)
    #expect(
      LlamaCppImportance.metadata(matrix).map(\.key)
        == ["quantize.imatrix.file", "quantize.imatrix.entries_count"])
  }
}
