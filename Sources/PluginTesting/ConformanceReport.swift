/// What a run of `PluginConformance` found.
public struct ConformanceReport: Sendable {
  /// One named check.
  public struct Check: Sendable {
    /// What holds if the check passes, as a sentence.
    public var name: String
    /// How many cases were tried.
    public internal(set) var caseCount = 0
    /// What did not hold, each with its case; at most 20 are kept.
    public internal(set) var failures: [String] = []
    /// How many cases failed in all.
    public internal(set) var failureCount = 0
    /// Why nothing was tried; nil if something was.
    public internal(set) var skipReason: String?

    /// Whether every case held. A skipped check passes, and says so.
    public var passed: Bool { failureCount == 0 }

    init(_ name: String) { self.name = name }

    /// Counts one case.
    mutating func tried() { caseCount += 1 }

    /// Records a failed case.
    mutating func fail(_ message: String) {
      failureCount += 1
      if failures.count < 20 { failures.append(message) }
    }

    /// Counts a case that must hold.
    mutating func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
      tried()
      if !condition { fail(message()) }
    }
  }

  /// The plugin's id.
  public var pluginID: String
  /// The checks, in the order they ran.
  public internal(set) var checks: [Check]

  /// Whether every check passed.
  public var passed: Bool { checks.allSatisfy(\.passed) }
}

extension ConformanceReport: CustomStringConvertible {
  /// One line a check, and one for each failure.
  public var description: String {
    var lines = ["conformance of the plugin \(pluginID):"]
    for check in checks {
      if let reason = check.skipReason {
        lines.append("  skip  \(check.name) (\(reason))")
      } else {
        lines.append(
          "  \(check.passed ? "ok  " : "FAIL")  \(check.name) (\(check.caseCount) cases)")
      }
      lines += check.failures.map { "          \($0)" }
      if check.failureCount > check.failures.count {
        lines.append("          and \(check.failureCount - check.failures.count) more")
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// Thrown by `PluginConformance.run` if a check fails: the report, readable as an error.
public struct ConformanceFailure: Error, CustomStringConvertible {
  /// All checks, the ones that passed included.
  public let report: ConformanceReport

  /// The report as text.
  public var description: String { report.description }
}
