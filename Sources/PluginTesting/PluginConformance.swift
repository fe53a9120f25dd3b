public import PluginKit
public import Tensors

/// Proves that a plugin keeps the contract of `ingot_plugin.h`.
///
/// A plugin's author runs it over files of the format, in a test or anywhere else:
///
/// ```swift
/// @Test func conformance() throws {
///   try PluginConformance(library: "build/libingot_rawt.so")
///     .run(validFixtures: try Fixture.folder("Fixtures/valid"),
///          invalidFixtures: try Fixture.folder("Fixtures/invalid"))
/// }
/// ```
///
/// It needs no test framework: `run` throws a `ConformanceFailure` that lists what does not hold.
/// The plugin runs in this process, so one that crashes ends the process, under a debugger at the
/// place of the crash; that is a failed run too.
///
/// What is checked: the table and manifest; bids; that opening is repeatable, passes read errors
/// on, honours limits, leaks nothing and works on several threads; that every truncation and
/// thousands of flipped bits end in an error with a reason or a true index, in time; that errors are
/// reported exactly once; that whatever a valid file holds can be laid out and comes back the same,
/// to the same bytes every time; and that what the format cannot hold is `invalidArgument`.
public struct PluginConformance: Sendable {
  /// The plugin.
  public let plugin: LoadedPlugin
  /// Metadata keys that the format sets itself when it writes, such as `general.alignment`; they may
  /// differ after a round trip.
  public var rewrittenMetadataKeys: Set<String>
  /// Where the damage begins; the same seed gives the same damage.
  public var seed: UInt64 = 1
  /// Flipped bits for each valid fixture.
  public var bitFlipCount = 512
  /// The longest that one `open` may take.
  public var openTimeLimit = Duration.seconds(2)

  /// Loads the library at `path`. Throws what `LoadedPlugin.init(library:)` throws: a wrong table,
  /// manifest or file name is found here.
  public init(library path: String, rewrittenMetadataKeys: Set<String> = []) throws(ModelError) {
    self.init(
      plugin: try LoadedPlugin(library: path), rewrittenMetadataKeys: rewrittenMetadataKeys)
  }

  /// Takes a plugin that is already loaded, or linked statically.
  public init(plugin: LoadedPlugin, rewrittenMetadataKeys: Set<String> = []) {
    self.plugin = plugin
    self.rewrittenMetadataKeys = rewrittenMetadataKeys
  }

  /// Runs every check and throws a `ConformanceFailure` if one fails.
  @discardableResult
  public func run(validFixtures: [Fixture], invalidFixtures: [Fixture])
    throws(ConformanceFailure) -> ConformanceReport
  {
    let report = evaluate(validFixtures: validFixtures, invalidFixtures: invalidFixtures)
    guard report.passed else { throw ConformanceFailure(report: report) }
    return report
  }

  /// Runs every check and returns the report, whatever it says. No valid fixture at all is a failure:
  /// nothing would be proved.
  public func evaluate(validFixtures: [Fixture], invalidFixtures: [Fixture]) -> ConformanceReport {
    var report = ConformanceReport(pluginID: plugin.manifest.id, checks: [])
    report.checks = [
      fixturesAreThere(validFixtures),
      bids(validFixtures),
      opening(validFixtures),
      refusals(invalidFixtures),
      readErrors(validFixtures),
      limits(validFixtures),
      truncations(validFixtures),
      bitFlips(validFixtures + invalidFixtures),
      roundTrips(validFixtures),
      awkwardIndexes(),
      leaks(validFixtures),
      threads(validFixtures),
    ]
    return report
  }

  private func fixturesAreThere(_ valid: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("there are valid files to try")
    check.expect(!valid.isEmpty, "no valid fixture was given")
    return check
  }
}
