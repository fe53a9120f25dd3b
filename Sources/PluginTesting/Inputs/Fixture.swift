public import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file to try a plugin on.
public struct Fixture: Sendable {
  /// A name for messages.
  public var name: String
  /// The whole file.
  public var bytes: [UInt8]
  /// For an invalid file: the code it must be refused with, if that is known.
  public var expectedCode: ModelError.Code?
  /// For an invalid file: the reason it must be refused with, if that is known.
  public var expectedReason: String?

  /// Creates a fixture from bytes.
  public init(
    name: String, bytes: [UInt8], expectedCode: ModelError.Code? = nil,
    expectedReason: String? = nil
  ) {
    self.name = name
    self.bytes = bytes
    self.expectedCode = expectedCode
    self.expectedReason = expectedReason
  }

  /// Reads a file. A name of the form `<what>.<code>.<reason>.<extension>`, such as
  /// `46-one-byte-after.refused.trailing-bytes.gguf`, says what is expected.
  ///
  /// Throws `notFound` or `io`; `limitExceeded` (`fixture-too-large`) above 64 MiB.
  public init(path: String) throws(ModelError) {
    let source = try FileByteSource(path: path)
    guard source.byteCount <= 64 << 20 else {
      throw ModelError(
        .limitExceeded, "fixture-too-large", "a fixture has \(source.byteCount) bytes", file: path)
    }
    bytes = try source.bytes(at: 0, byteCount: source.byteCount)
    name = path.split(separator: "/").last.map(String.init) ?? path
    let parts = name.split(separator: ".").map(String.init)
    if parts.count >= 4, let code = ModelError.Code(rawValue: parts[parts.count - 3]) {
      expectedCode = code
      expectedReason = parts[parts.count - 2]
    }
  }

  /// All regular files in a folder, sorted by name; files whose names begin with a dot are left out.
  /// Throws `notFound`, `io`, and what `init(path:)` throws.
  public static func folder(_ path: String) throws(ModelError) -> [Fixture] {
    guard let folder = opendir(path) else { throw ModelError.system("cannot list", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      let name = String(decoding: bytes, as: UTF8.self)
      if !name.hasPrefix(".") { names.append(name) }
    }
    var fixtures: [Fixture] = []
    for name in names.sorted() { fixtures.append(try Fixture(path: path + "/" + name)) }
    return fixtures
  }
}
