#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A question to a person.
enum Confirmation {
  /// Whether someone sits at a terminal.
  static var isPossible: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether the answer is yes.
  static func ask(_ question: String) -> Bool {
    Terminal.show(question + " [y/N] ")
    return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
  }
}
