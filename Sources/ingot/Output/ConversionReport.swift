internal import Conversion
internal import Tensors

/// What a conversion made, printed: sizes, bits and errors by encoding, and the worst tensors.
struct ConversionReport {
  private let report: Converter.Report
  private let target: OutputTarget
  private let format: OutputFormat

  init(_ report: Converter.Report, target: OutputTarget, format: OutputFormat) {
    self.report = report
    self.target = target
    self.format = format
  }

  /// Prints the report.
  func show() {
    switch format {
    case .quiet: Terminal.print(target.path)
    case .json: Terminal.print(json)
    case .human: showTables()
    }
  }

  private var tensors: [Manifest.Tensor] { report.manifest.files.flatMap(\.tensors) }

  private func showTables() {
    var groups: [String: [Manifest.Tensor]] = [:]
    for tensor in tensors {
      let key = [tensor.sourceEncoding.rawValue, tensor.encoding.rawValue, tensor.outcome.rawValue]
      groups[key.joined(separator: "\u{0}"), default: []].append(tensor)
    }
    var table = TextTable([
      ("from", .left), ("to", .left), ("outcome", .left), ("tensors", .right), ("bytes", .right),
      ("bits", .right), ("relative RMSE", .right), ("worst", .right), ("SNR dB", .right),
    ])
    for key in groups.keys.sorted() {
      guard let group = groups[key], let first = group.first else { continue }
      let worst = group.map(\.error.relativeRMSE).max() ?? 0
      let elements = group.reduce(0) { $0 + $1.shape.elementCount }
      let mean =
        elements == 0
        ? 0
        : (group.reduce(0.0) {
          $0 + $1.error.relativeRMSE * $1.error.relativeRMSE * Double($1.shape.elementCount)
        } / Double(elements)).squareRoot()
      table.add([
        first.sourceEncoding.rawValue, first.encoding.rawValue, first.outcome.rawValue,
        String(group.count), ByteSize.text(group.reduce(0) { $0 + $1.byteCount }),
        decimal(first.encoding.bitsPerElement, 3), decimal(mean, 5), decimal(worst, 5),
        group.compactMap(\.error.snrDecibel).min().map { decimal($0, 2) } ?? "",
      ])
    }
    for line in table.lines { Terminal.print(line) }
    let numbers = tensors.filter { $0.outcome != .derived }
    let source = numbers.reduce(0) { sum, tensor in
      sum + ((try? tensor.sourceEncoding.byteCount(of: tensor.shape)) ?? 0)
    }
    let output = tensors.reduce(0) { $0 + $1.byteCount }
    let elements = numbers.reduce(0) { $0 + $1.shape.elementCount }
    let fallbacks = tensors.count { $0.fellBackFrom != nil }
    Terminal.print(
      "\(ByteSize.text(source)) to \(ByteSize.text(output)), "
        + "\(decimal(elements == 0 ? 0 : Double(output) * 8 / Double(elements), 3)) bits per element"
        + (fallbacks == 0 ? "" : ", \(fallbacks) fallbacks"))
    for gains in MethodGains.all(of: tensors) { Terminal.print(gains.text) }
    if report.resumedLeafCount > 0 {
      Terminal.say(
        "went on after an interruption: \(report.resumedLeafCount) pieces were checked and kept")
    }
    for file in report.manifest.files where !file.tensors.isEmpty {
      Terminal.print("\(file.sha256.hex)  \(place(file.path))")
    }
  }

  private func place(_ name: String) -> String {
    target.isFolder ? target.path + "/" + name : target.path
  }

  private var json: JSONValue {
    .object([
      "event": .string("done"), "output": .string(target.path),
      "resumedLeafCount": .integer(report.resumedLeafCount),
      "files": .array(
        report.manifest.files.map {
          .object([
            "path": .string($0.path), "byteCount": .integer($0.byteCount),
            "sha256": .string($0.sha256.hex), "tensorCount": .integer($0.tensors.count),
          ])
        }),
      "methods": .array(MethodGains.all(of: tensors).map(\.json)),
      "outcomes": .object(
        Dictionary(
          uniqueKeysWithValues: Outcome.allCases.map { outcome in
            (outcome.rawValue, .integer(tensors.count { $0.outcome == outcome }))
          })),
    ])
  }
}
