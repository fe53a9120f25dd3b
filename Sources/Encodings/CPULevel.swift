internal import CEncodingKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Which build of the kernels runs. Every level gives the same bytes; only the speed differs.
public enum CPULevel: String, Sendable, CaseIterable, Comparable {
  /// What every processor of the architecture runs (SSE2 on x86-64).
  case baseline
  /// x86-64-v3: AVX2 and F16C.
  case v3

  /// The highest level that this processor and operating system run; `baseline` off x86-64.
  public static let detected: CPULevel = ingot_cpu_level() >= 3 ? .v3 : .baseline

  /// What the environment variable `INGOT_CPU` asks for; `detected` if it is not set.
  ///
  /// A program reports a failure at its start: `current` has no way to refuse.
  public static let requested: Result<CPULevel, CPULevelError> = select(
    getenv("INGOT_CPU").map { String(cString: $0) })

  /// The level that encoders and decoders use unless told otherwise, chosen once: `requested`, or
  /// `detected` if the request cannot be met.
  public static let current: CPULevel = (try? requested.get()) ?? detected

  /// The level called `name` (`baseline`, `v3`); `detected` for nil. Fails for any other name, the
  /// empty one included, and for a level above `detected`.
  public static func select(_ name: String?) -> Result<CPULevel, CPULevelError> {
    guard let name else { return .success(detected) }
    guard let level = CPULevel(rawValue: name) else { return .failure(.unknown(name)) }
    return level <= detected ? .success(level) : .failure(.unavailable(level))
  }

  /// Whether `a` is the lower level.
  public static func < (a: CPULevel, b: CPULevel) -> Bool { a == .baseline && b == .v3 }
}

/// Why a level cannot be had.
public enum CPULevelError: Error, Equatable, CustomStringConvertible {
  /// No level has this name.
  case unknown(String)
  /// This processor does not have it.
  case unavailable(CPULevel)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .unknown(let name):
      let names = CPULevel.allCases.map(\.rawValue).joined(separator: ", ")
      return "there is no CPU level '\(name)'; the levels are \(names)"
    case .unavailable(let level):
      return "this processor does not run CPU level \(level.rawValue)"
    }
  }
}
