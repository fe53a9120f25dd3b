internal import ArgumentParser
internal import Conversion
internal import Tensors

/// How large the output may be: the types of tensors are chosen for that.
struct SizeOptions: ParsableArguments {
  @Option(
    name: .customLong("target-size"),
    help: ArgumentHelp(
      "Choose each tensor's type by its measured error, so that the model file, header included, "
        + "has at most this size, such as 4.2GB.", valueName: "size"))
  var targetSize: ByteSize?

  @Option(
    name: .customLong("target-bpw"),
    help: ArgumentHelp(
      "Likewise for at most so many bits of tensor data per element, as the summary counts them.",
      valueName: "bits"))
  var targetBitsPerElement: Double?

  @Option(
    name: .customLong("write-recipe"),
    help: ArgumentHelp("Write the recipe that was chosen to this file.", valueName: "file"))
  var recipeFile: String?

  func validate() throws {
    if targetSize != nil, targetBitsPerElement != nil {
      throw ValidationError("--target-size and --target-bpw exclude each other.")
    }
    if let bits = targetBitsPerElement, !(bits > 0 && bits <= 64) {
      throw ValidationError("--target-bpw takes more than 0 and at most 64.")
    }
    if recipeFile != nil, target == nil {
      throw ValidationError("--write-recipe goes with --target-size or --target-bpw.")
    }
  }

  /// The wish; nil if there is none.
  var target: SizeTarget? {
    if let targetSize { return .fileByteCount(targetSize.byteCount) }
    return targetBitsPerElement.map { .bitsPerElement($0) }
  }
}
