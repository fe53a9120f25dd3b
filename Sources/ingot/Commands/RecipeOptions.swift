internal import ArgumentParser
internal import Recipes
internal import Tensors

/// Which encoding for which tensor: a recipe, and the flags that people know.
struct RecipeOptions: ParsableArguments {
  @Option(
    name: [.customShort("q"), .customLong("quantize"), .customLong("outtype")],
    help: ArgumentHelp("A preset, such as Q8_0; see ingot recipe list.", valueName: "preset"))
  var quantize: String?

  @Option(help: ArgumentHelp("A preset or a recipe file.", valueName: "recipe"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "How numbers are chosen where the recipe does not say: nearest, search, …; nearest in "
        + "encodings that the method is not for.", valueName: "method"))
  var method: String?

  @Option(
    name: .customLong("tensor-type"),
    help: ArgumentHelp(
      "Tensors whose name the pattern finds become TYPE; repeatable.", valueName: "REGEX=TYPE"))
  var tensorType: [String] = []

  @Option(
    name: .customLong("tensor-type-file"),
    help: ArgumentHelp("Such rules from a file, one a line.", valueName: "file"))
  var tensorTypeFile: String?

  @Option(name: .customLong("token-embedding-type"), help: "The type of the token embedding.")
  var tokenEmbeddingType: String?

  @Option(name: .customLong("output-tensor-type"), help: "The type of the output tensor.")
  var outputTensorType: String?

  @Flag(name: .customLong("leave-output-tensor"), help: "Keep the output tensor as it is.")
  var leaveOutputTensor = false

  @Flag(help: "One encoding for every tensor that the recipe quantizes.")
  var pure = false

  @Flag(name: .customLong("allow-requantize"), help: "Packed numbers may be quantized again.")
  var allowRequantize = false

  func validate() throws {
    if quantize != nil, recipe != nil {
      throw ValidationError("-q and --recipe exclude each other.")
    }
  }

  /// The recipe with everything the flags say; `unnamed` if no recipe is named.
  func resolved(unnamed: String = "copy") throws(ModelError) -> Recipe {
    let vocabulary = RecipeVocabulary.ofProgram
    let catalog = RecipeCatalog(vocabulary: vocabulary)
    let named = try catalog.load(quantize ?? recipe ?? unnamed)
    var overrides = RecipeOverrides()
    for text in tensorType {
      overrides.tensorTypes.append(try .init(text, vocabulary: vocabulary))
    }
    if let tensorTypeFile {
      let text = try SmallFile.text(at: tensorTypeFile)
      overrides.tensorTypes += try RecipeOverrides.tensorTypes(
        fileText: text, vocabulary: vocabulary)
    }
    if let tokenEmbeddingType {
      overrides.tokenEmbeddingType = try vocabulary.encoding(named: tokenEmbeddingType)
    }
    if let outputTensorType {
      overrides.outputTensorType = try vocabulary.encoding(named: outputTensorType)
    }
    if let method { overrides.method = try vocabulary.method(named: method) }
    overrides.leavesOutputTensor = leaveOutputTensor
    overrides.isPure = pure
    overrides.allowsRequantization = allowRequantize
    return named.applying(overrides)
  }
}
