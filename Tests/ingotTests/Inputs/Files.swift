import Glibc
import Testing

/// A file of the checkout.
func checkout(_ path: String) -> String {
  let parts = #filePath.split(separator: "/").dropLast(4)
  return "/" + parts.joined(separator: "/") + "/" + path
}

/// A safetensors file with one F32 tensor `up.weight` of these extents, counting up by halves.
func writeModel(_ path: String, rows: Int = 2, columns: Int = 32) throws {
  let values = (0..<(rows * columns)).map { Float($0) / 2 }
  try writeFile(path, header(rows, columns) + values.withUnsafeBytes { Array($0) })
}

/// The same with zeros that take no disk.
func writeSparseModel(_ path: String, rows: Int, columns: Int) throws {
  let header = header(rows, columns)
  try writeFile(path, header)
  try #require(truncate(path, off_t(header.count + 4 * rows * columns)) == 0)
}

private func header(_ rows: Int, _ columns: Int) -> [UInt8] {
  var json =
    "{\"up.weight\":{\"dtype\":\"F32\",\"shape\":[\(rows),\(columns)],"
    + "\"data_offsets\":[0,\(4 * rows * columns)]}}"
  while json.utf8.count % 8 != 0 { json += " " }
  return (0..<8).map { UInt8(truncatingIfNeeded: json.utf8.count >> (8 * $0)) } + Array(json.utf8)
}
