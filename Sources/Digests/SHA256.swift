internal import Crypto
public import Tensors

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces. A value: a copy goes its own way.
public struct SHA256: Sendable {
  private var state = Crypto.SHA256()

  /// Creates a hash of nothing so far.
  public init() {}

  /// Adds `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    state.update(bufferPointer: bytes)
  }

  /// Adds `bytes`.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
  }

  /// The digest of everything added so far.
  public func digest() -> Tensors.Digest {
    Tensors.Digest(sha256: state.finalize())
  }

  /// The digest of `bytes`.
  public static func digest(of bytes: UnsafeRawBufferPointer) -> Tensors.Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest()
  }

  /// The digest of `bytes`.
  public static func digest(of bytes: [UInt8]) -> Tensors.Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest()
  }
}

/// SHA-1, for git object ids only: it proves nothing against an adversary.
public struct SHA1: Sendable {
  private var state = Insecure.SHA1()

  /// Creates a hash of nothing so far.
  public init() {}

  /// Adds `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    state.update(bufferPointer: bytes)
  }

  /// Adds `bytes`.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
  }

  /// The 20 bytes of the digest of everything added so far.
  public func digest() -> [UInt8] { Array(state.finalize()) }
}

extension Tensors.Digest {
  fileprivate init(sha256: Crypto.SHA256.Digest) {
    self = sha256.withUnsafeBytes { Tensors.Digest(first32: $0) }
  }
}
