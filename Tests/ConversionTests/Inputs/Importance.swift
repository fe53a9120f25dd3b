import Dialects
import Digests
import Tensors

/// An importance matrix with these weights, as the older format holds it.
func importance(
  _ entries: [(String, [Float])], selection: ImportanceMatrix.Selection = .init()
) throws -> ImportanceMatrix {
  func i32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  var bytes = i32(entries.count)
  for (name, weights) in entries {
    bytes += i32(name.utf8.count) + Array(name.utf8) + i32(1) + i32(weights.count)
    bytes += floatBytes(weights)
  }
  bytes += i32(12) + i32(8) + Array("texts/ca".utf8)
  return try ImportanceMatrix(
    legacy: MemoryByteSource(bytes), name: "folder/m.dat", sha256: SHA256.digest(of: bytes),
    selection: selection)
}
