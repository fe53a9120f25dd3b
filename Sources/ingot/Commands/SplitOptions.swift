internal import ArgumentParser
internal import Conversion

/// How many files a conversion writes.
struct SplitOptions: ParsableArguments {
  @Option(
    name: .customLong("split-max-size"),
    help: ArgumentHelp(
      "Begin a new file where the tensors of one would take more than this, such as 2G.",
      valueName: "size"))
  var splitMaxSize: ByteSize?

  @Option(
    name: .customLong("split-max-tensors"),
    help: ArgumentHelp("Begin a new file after this many tensors.", valueName: "count"))
  var splitMaxTensors: Int?

  @Flag(name: .customLong("keep-split"), help: "The same files as the source, tensor for tensor.")
  var keepSplit = false

  func validate() throws {
    let count = [splitMaxSize != nil, splitMaxTensors != nil, keepSplit].count { $0 }
    if count > 1 {
      throw ValidationError(
        "--split-max-size, --split-max-tensors and --keep-split exclude each other.")
    }
    if let splitMaxSize, splitMaxSize.byteCount < 1 {
      throw ValidationError("--split-max-size takes at least one byte.")
    }
    if let splitMaxTensors, splitMaxTensors < 1 {
      throw ValidationError("--split-max-tensors takes at least 1.")
    }
  }

  /// Nil for one file.
  var splitting: Splitting? {
    if let splitMaxSize { return .byteCount(splitMaxSize.byteCount) }
    if let splitMaxTensors { return .tensorCount(splitMaxTensors) }
    return keepSplit ? .asSource : nil
  }
}
