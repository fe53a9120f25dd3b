public import Tensors

/// What a conversion proves: every file and tensor of the output with its digest, where its numbers
/// come from, what was done to them, and the error that this made.
///
/// The JSON form is canonical: the same job gives the same bytes. It holds no clock and no path.
/// `Formats/Manifest` has the schema and describes each member.
public struct Manifest: Sendable, Equatable {
  /// The manifest's name in an output folder.
  public static let folderFileName = "ingot-manifest.json"
  /// The version of the format.
  public static let formatVersion = 1

  /// A program or plugin that took part.
  public struct Plugin: Sendable, Equatable {
    /// The plugin's id.
    public var id: String
    /// The plugin's version.
    public var version: String
    /// SHA-256 of the plugin's library; nil if it was linked statically.
    public var sha256: Digest?
  }

  /// The error of one tensor.
  public struct Measure: Sendable, Equatable {
    /// The root of Σ(decoded − source)² / Σ source²; 0 where both sums are 0.
    public var relativeRMSE: Double
    /// The largest |decoded − source|.
    public var maximum: Double
    /// 10·log10(Σ source² / Σ(decoded − source)²), to 0.001; nil where the error is 0.
    public var snrDecibel: Double?
  }

  /// One tensor of a file.
  public struct Tensor: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The encoding.
    public var encoding: ElementType
    /// The extents, slowest first.
    public var shape: Shape
    /// Bytes from the start of the file.
    public var offset: Int
    /// Bytes.
    public var byteCount: Int
    /// The tensor digest, see `TensorDigest`.
    public var digest: Digest
    /// The encoding in the source.
    public var sourceEncoding: ElementType
    /// The tensor digest in the source.
    public var sourceDigest: Digest
    /// The digest of the factors that the source's numbers were multiplied by; nil without any.
    public var sourceFactors: Digest?
    /// What happened to the numbers.
    public var outcome: Outcome
    /// Who chose the numbers; nil unless `requantized`.
    public var method: String?
    /// The encoding the recipe wanted, where its fallback was taken.
    public var fellBackFrom: ElementType?
    /// The error; all zero unless `requantized`.
    public var error: Measure
    /// The error that was to be low; nil where the encoding's own rule rounded without weights.
    public var objective: Objective?
  }

  /// One file of the output.
  public struct File: Sendable, Equatable {
    /// The path relative to the manifest.
    public var path: String
    /// Bytes.
    public var byteCount: Int
    /// SHA-256 of the content.
    public var sha256: Digest
    /// The tensors, in file order; empty for companions.
    public var tensors: [Tensor]
  }

  /// The program's version.
  public var programVersion: String
  /// The container of the output.
  public var container: String
  /// The plugins that read and wrote, by id.
  public var plugins: [Plugin]
  /// The recipe's name.
  public var recipeName: String
  /// The resolved recipe.
  public var recipe: JSONValue
  /// The importance matrix that was given; nil without one.
  public var importance: Importance?
  /// What was done with NaN and infinities.
  public var nonfinite: NonfinitePolicy
  /// Changes of the metadata after everything else, each key once: `set` and `remove` alone.
  public var metadataEdits: [MetadataEdit]
  /// The container of the source.
  public var sourceContainer: String
  /// How the source was translated; nil if its tensors are taken as they are.
  public var translation: Translation?
  /// The identity of all source tensors together, see `Manifest.sourceDigest(of:)`.
  public var sourceDigest: Digest
  /// The files, by path.
  public var files: [File]
}
