public import Dialects
internal import Tensors

extension Manifest {
  /// How the source's tensors were brought into another dialect before anything else: what the
  /// manifest calls source is the translated tensor.
  public struct Translation: Sendable, Hashable {
    /// The dialect of the output.
    public var dialect: Dialect
    /// The architecture file that said how.
    public var architecture: String

    /// Creates a description.
    public init(dialect: Dialect, architecture: String) {
      self.dialect = dialect
      self.architecture = architecture
    }

    static let members = ["dialect", "architecture"]

    var json: JSONValue {
      .object(["dialect": .string(dialect.rawValue), "architecture": .string(architecture)])
    }

    /// Throws `malformed` (`manifest-member`) for a dialect that nothing is translated into.
    init(_ object: ManifestObject) throws(ModelError) {
      guard let dialect = Dialect(rawValue: try object.string("dialect")), dialect != .unknown
      else {
        throw ModelError(
          .malformed, "manifest-member", "\"dialect\" of \"translation\" is none that is known")
      }
      self.init(dialect: dialect, architecture: try object.string("architecture"))
    }
  }
}
