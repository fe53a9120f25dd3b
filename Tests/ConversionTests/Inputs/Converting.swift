import Conversion
import Dialects
import Recipes
import Tensors
import Testing

/// One conversion with everything that the tests vary.
struct Job {
  var source: Checkpoint
  var recipe = "encoding: Q8_0\nfallback: [F16]"
  var format = TestFormat()
  var options = ConversionOptions()
  /// Overrides what the planner found to fit.
  var leavesPerUnit: Int?
  var importance: ImportanceMatrix?
  var replacesExisting = false
  var resumes = true

  init(_ source: Checkpoint, _ recipe: String? = nil) {
    self.source = source
    if let recipe { self.recipe = recipe }
  }

  func plan(for target: OutputTarget) throws -> Plan {
    var plan = try Planner(
      source, recipe: ConversionTests.recipe(recipe), format: format, options: options,
      programVersion: "0", importance: importance
    ).plan(for: target)
    if let leavesPerUnit { plan.resources.leavesPerUnit = leavesPerUnit }
    return plan
  }

  @discardableResult
  func run(to target: OutputTarget, events: Converter.Events = Converter.Events()) throws
    -> Converter.Report
  {
    try Converter(source, plan: plan(for: target), events: events)
      .run(to: target, replacesExisting: replacesExisting, resumes: resumes)
  }
}

/// The error that `body` throws; fails the test if it throws none or one of another type.
@discardableResult
func failure(
  _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> ModelError? {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: location)
  } catch let error as ModelError {
    return error
  } catch {
    Issue.record("\(error) is no ModelError", sourceLocation: location)
  }
  return nil
}
