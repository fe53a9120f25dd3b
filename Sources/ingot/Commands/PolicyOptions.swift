internal import ArgumentParser
internal import Conversion
internal import Encodings
internal import Tensors

extension NonfinitePolicy {
  /// The policy that a word of the command line names.
  init(word: String) throws {
    guard let policy = NonfinitePolicy(rawValue: word) else {
      throw ValidationError("--nonfinite takes refuse, zero or clamp.")
    }
    self = policy
  }
}

/// What a conversion may use, and what it must not do.
struct PolicyOptions: ParsableArguments {
  @Option(help: "Worker threads; all cores by default. The bytes do not depend on it.")
  var threads: Int?

  @Option(
    name: [.customLong("max-memory"), .customLong("max-buffer-size")],
    help: ArgumentHelp("Use no more memory than this, such as 200M.", valueName: "size"))
  var maxMemory: ByteSize?

  @Option(
    name: .customLong("max-disk"),
    help: ArgumentHelp("Refuse if the output takes more than this.", valueName: "size"))
  var maxDisk: ByteSize?

  @Option(
    help: "What to do with NaN and infinities that the target cannot hold: refuse, zero or clamp.",
    transform: NonfinitePolicy.init(word:))
  var nonfinite = NonfinitePolicy.refuse

  @Flag(help: "Refuse fallbacks, and packed numbers quantized again, whatever the recipe says.")
  var strict = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes 1 to 1024.")
    }
  }

  /// The options for the planner.
  var options: ConversionOptions {
    ConversionOptions(
      threadCount: threads ?? Processors.count, maximumMemory: maxMemory?.byteCount,
      maximumDisk: maxDisk?.byteCount, nonfinite: nonfinite, isStrict: strict)
  }
}
