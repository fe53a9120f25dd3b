internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension IsolationLimits {
  /// The path of `ingot-isolate`. Throws `notFound` (`isolate-missing`).
  func executable() throws(ModelError) -> String {
    if let executablePath { return executablePath }
    let folder = ProgramFolder.path ?? "."
    let places = ["/ingot-isolate", "/../libexec/ingot/ingot-isolate"].map { folder + $0 }
    guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
      throw ModelError(
        .notFound, "isolate-missing",
        "the program ingot-isolate is not beside this one: \(places.joined(separator: ", "))")
    }
    return path
  }

  /// The child's whole environment: the folder of the Swift libraries if it is not the usual one,
  /// and no backtrace, which would take seconds and write to the terminal.
  static func environment() -> [String] {
    var result = ["SWIFT_BACKTRACE=enable=no", "LC_ALL=C"]
    for name in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
      if let value = getenv(name) { result.append("\(name)=\(String(cString: value))") }
    }
    return result
  }
}
