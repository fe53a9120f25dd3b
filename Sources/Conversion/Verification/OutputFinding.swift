internal import Tensors

/// One difference between a manifest and what is there.
public struct OutputFinding: Sendable, Equatable {
  /// What kind of difference.
  public enum Kind: String, Sendable, CaseIterable {
    /// A file of the manifest is not there.
    case missing = "file-missing"
    /// A file is there that the manifest does not name.
    case extra = "file-extra"
    /// A file has another size.
    case size = "file-size"
    /// A file has another content.
    case content = "file-content"
    /// A file's bytes outside all tensors differ.
    case header = "header-content"
    /// A tensor's bytes differ.
    case tensor = "tensor-content"
    /// The checksum file disagrees with the manifest or the files.
    case checksums = "checksum-file"
    /// A tensor of the source has another digest than the manifest says.
    case source = "source-content"
    /// The recipe gives a tensor another encoding or method than the manifest says.
    case recipe = "recipe-decision"
    /// Encoding the source again gives other bytes than the manifest says.
    case rederivation = "rederived-content"
  }

  /// What kind.
  public var kind: Kind
  /// The file, relative to the manifest.
  public var file: String
  /// The tensor, where one is concerned.
  public var tensor: String?
  /// What the manifest says.
  public var expected: String
  /// What is there.
  public var found: String
}

extension OutputFinding: CustomStringConvertible {
  /// `file: tensor NAME: tensor-content: expected …, found …`.
  public var description: String {
    let place = tensor.map { "\(escapingControls(file)): tensor \(escapingControls($0))" }
    return "\(place ?? escapingControls(file)): \(kind.rawValue): expected \(expected), found "
      + escapingControls(found)
  }
}
