/// The one error of every room: who must act, a stable reason, and the values that led to it.
///
/// `code` groups errors by who must act and decides the exit status of the program; `reason` is a
/// stable token such as `header-too-large`, which scripts and tests compare; `message` is for
/// people and gives the value found and the bound it broke.
public struct ModelError: Error, Sendable {
  /// Who must act.
  public enum Code: String, Sendable, CaseIterable {
    /// A file breaks the rules of its format.
    case malformed
    /// A file is well-formed, but Ingot does not read or write this of it.
    case unsupported
    /// A limit of the user or the machine, not inherent in the format.
    case limitExceeded
    /// The caller asked for something that cannot be.
    case invalidArgument
    /// A path, tensor, repo or revision does not exist.
    case notFound
    /// Bytes differ from what their digest or manifest says.
    case corrupted
    /// A plugin crashed, hung, or broke its contract.
    case pluginFailed
    /// The operating system refused.
    case io
    /// The user or another program stopped the work.
    case cancelled
    /// A policy refused: silent loss, ambiguity, or an unsafe file.
    case refused
    /// Another writer was first.
    case conflict
  }

  /// Where it happened; every part is optional.
  public struct Context: Sendable, Equatable {
    /// The file's path or name.
    public var file: String?
    /// The tensor's name.
    public var tensor: String?
    /// Bytes from the start of the file.
    public var offset: UInt64?

    /// Creates a context from the parts that are known.
    public init(file: String? = nil, tensor: String? = nil, offset: UInt64? = nil) {
      self.file = file
      self.tensor = tensor
      self.offset = offset
    }
  }

  /// Who must act.
  public var code: Code
  /// A stable token of `[a-z0-9-]`.
  public var reason: String
  /// What went wrong, with the values and the bound, and how to remedy it where that is known.
  public var message: String
  /// Where it happened.
  public var context: Context
  /// The error that led to this one.
  public var cause: (any Error)?

  /// Creates an error.
  public init(
    _ code: Code, _ reason: String, _ message: String,
    file: String? = nil, tensor: String? = nil, offset: UInt64? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.context = Context(file: file, tensor: tensor, offset: offset)
    self.cause = cause
  }

  /// The same error with the parts of the context that it does not have yet.
  public func at(file: String? = nil, tensor: String? = nil, offset: UInt64? = nil) -> ModelError {
    var copy = self
    copy.context.file = context.file ?? file
    copy.context.tensor = context.tensor ?? tensor
    copy.context.offset = context.offset ?? offset
    return copy
  }
}

extension ModelError: CustomStringConvertible {
  /// One line: `file: tensor NAME: at byte N: message [reason]`, control characters escaped.
  public var description: String {
    var parts: [String] = []
    if let file = context.file { parts.append(escapingControls(file)) }
    if let tensor = context.tensor { parts.append("tensor \(escapingControls(tensor))") }
    if let offset = context.offset { parts.append("at byte \(offset)") }
    parts.append(escapingControls(message) + " [\(reason)]")
    return parts.joined(separator: ": ")
  }
}

/// `text` with every control character written as `\u{…}`, so that a name from a file cannot
/// move the cursor of a terminal or break a line of a log.
public func escapingControls(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isControl) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    if isControl(scalar) {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: true
  default: false
  }
}
