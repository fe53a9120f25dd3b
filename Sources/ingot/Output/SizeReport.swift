internal import Conversion
internal import Recipes
internal import Tensors

/// The types that were chosen for a size, printed.
struct SizeReport {
  private let sized: SizedRecipe

  init(_ sized: SizedRecipe) { self.sized = sized }

  /// Prints every tensor for a dry run and as JSON, otherwise how many have which type.
  func show(isDryRun: Bool, format: OutputFormat) {
    switch format {
    case .quiet: break
    case .json: Terminal.print(json)
    case .human:
      if isDryRun { showTable() }
      Terminal.say("chosen for size: \(counts)")
      if sized.recipe.method != sized.wantedMethod {
        Terminal.say(
          "note: \(sized.wantedMethod) is for none of the types chosen; nothing is left to it")
      }
    }
  }

  private var counts: String {
    var order: [ElementType] = []
    var counts: [ElementType: Int] = [:]
    for tensor in sized.tensors {
      let type = tensor.chosen.elementType
      if counts[type] == nil { order.append(type) }
      counts[type, default: 0] += 1
    }
    order.sort { ($0.bitsPerElement, $0.rawValue) < ($1.bitsPerElement, $1.rawValue) }
    return order.map { "\(counts[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
  }

  private func showTable() {
    var table = TextTable([
      ("tensor", .left), ("type", .left), ("bits", .right), ("relative error", .right),
      ("choices", .right), ("method", .left),
    ])
    for tensor in sized.tensors {
      let chosen = tensor.chosen
      table.add([
        tensor.source.name, chosen.elementType.rawValue,
        decimal(chosen.elementType.bitsPerElement, 3),
        decimal(chosen.relativeSquaredError.squareRoot(), 5), String(tensor.candidates.count),
        tensor.method ?? "",
      ])
    }
    for line in table.lines { Terminal.print(line) }
  }

  private var json: JSONValue {
    .object([
      "event": .string("sizing"), "recipe": .string(sized.recipe.sourceText),
      "harm": .number("\(sized.harm)"),
      "tensors": .array(
        sized.tensors.map { tensor in
          .object([
            "name": .string(tensor.source.name),
            "encoding": .string(tensor.chosen.elementType.rawValue),
            "bitsPerElement": .number("\(tensor.chosen.elementType.bitsPerElement)"),
            "relativeError": .number("\(tensor.chosen.relativeSquaredError.squareRoot())"),
            "method": tensor.method.map { .string($0) } ?? .null,
            "candidates": .array(
              tensor.candidates.map {
                .object([
                  "encoding": .string($0.elementType.rawValue),
                  "byteCount": .integer($0.byteCount),
                  "relativeError": .number("\($0.relativeSquaredError.squareRoot())"),
                ])
              }),
          ])
        }),
    ])
  }
}
