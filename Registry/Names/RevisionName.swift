public import Tensors

/// The name of a revision: a branch or tag such as `main` or `release/1`, or a commit id.
///
/// On disk a branch and a tag are the same thing: a file below `refs/`.
public struct RevisionName: Sendable, Hashable {
  /// The name, as given.
  public let text: String

  /// Checks `text`; throws `invalidArgument` (`revision-name-invalid`), naming the rule it breaks.
  public init(_ text: String) throws(ModelError) {
    try NameRules.checkRevision(text)
    self.text = text
  }

  /// `main`, which every reader takes when no revision is given.
  public static let main = RevisionName(checked: "main")

  /// The commit, if the name is 40 lower-case hexadecimal digits; nil for a branch or tag.
  public var commit: GitObjectID? { GitObjectID(hex: text) }

  private init(checked text: String) { self.text = text }
}

extension RevisionName: CustomStringConvertible {
  /// The name.
  public var description: String { text }
}
