#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A question to a person.
enum Confirmation {
  /// Whether someone at a terminal answered yes; without a terminal nobody did.
  static func ask(_ question: String) -> Bool {
    guard isatty(STDIN_FILENO) == 1 else { return false }
    Terminal.show(question + " [y/N] ")
    return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
  }
}
