import Glibc
import Testing

@testable import Conversion

/// A folder that is removed with everything in it at the end.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((base + "/ingot-test-XXXXXX").utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
    }
    try #require(made, "no folder could be made in \(base)")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileSystem.remove(path) }

  /// Writes a file; folders in `name` are made.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let full = path + "/" + name
    try FileSystem.makeFolders(FileSystem.parent(of: full))
    try writeFile(full, bytes)
    return full
  }

  func folder(_ name: String) throws -> String {
    try FileSystem.makeFolders(path + "/" + name)
    return path + "/" + name
  }

  /// The names in the folder, hidden ones included.
  var names: [String] { get throws { try FileSystem.names(in: path) } }
}

func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes {
      Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
    }
    try #require(count > 0)
    done += count
  }
}

func readFile(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  try #require(descriptor >= 0, "\(path) cannot be opened")
  defer { close(descriptor) }
  var result: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    try #require(count >= 0)
    if count == 0 { return result }
    result += chunk[..<count]
  }
}

/// Changes one byte of a file in place.
func flip(_ path: String, at offset: Int, by mask: UInt8 = 0x10) throws {
  let descriptor = open(path, O_RDWR)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var byte: UInt8 = 0
  try #require(pread(descriptor, &byte, 1, off_t(offset)) == 1)
  byte ^= mask
  try #require(pwrite(descriptor, &byte, 1, off_t(offset)) == 1)
}

/// Every file below `path` with its content: what two outputs must have in common.
func contents(_ path: String) throws -> [String: [UInt8]] {
  var result: [String: [UInt8]] = [:]
  for name in try FileSystem.files(below: path) { result[name] = try readFile(path + "/" + name) }
  return result
}

/// Copies everything below `source`, empty folders included, as a kill at this moment leaves it.
func copyAll(_ source: String, to destination: String) throws {
  try FileSystem.makeFolders(destination)
  for name in try FileSystem.names(in: source) {
    let from = source + "/" + name
    if FileSystem.isFolder(from) {
      try copyAll(from, to: destination + "/" + name)
    } else {
      try writeFile(destination + "/" + name, try readFile(from))
    }
  }
}
