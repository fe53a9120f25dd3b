import Glibc
import Testing

@testable import Tensors

/// The error that `body` throws; fails the test if it throws none or one of another type.
@discardableResult
func failure(
  _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> ModelError? {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: location)
  } catch let error as ModelError {
    return error
  } catch {
    Issue.record("\(error) is no ModelError", sourceLocation: location)
  }
  return nil
}

/// A folder that is removed with everything in it at the end.
final class TemporaryFolder {
  let path: String
  private var names: [String] = []

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((base + "/ingot-test-XXXXXX").utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
    }
    try #require(made, "no folder could be made in \(base)")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names { unlink(path + "/" + name) }
    rmdir(path)
  }

  /// The path of `name`, which is removed at the end if it is a file by then.
  func place(_ name: String) -> String {
    names.append(name)
    return path + "/" + name
  }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = place(name)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    try #require(count == bytes.count)
    return path
  }
}
