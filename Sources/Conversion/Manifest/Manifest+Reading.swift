internal import Dialects
public import Tensors

extension Manifest {
  /// Parses a manifest and checks everything that does not need the files.
  ///
  /// Throws `malformed`: `manifest-member` for a member that is missing, unknown or of the wrong
  /// type; `manifest-version` for another format version; `manifest-path` for a path that is
  /// absolute, has `..`, an empty component, a backslash or a control character;
  /// `manifest-duplicate` for a path or tensor that appears twice; `manifest-extent` for a tensor
  /// outside its file or of another size than encoding and shape make it; `manifest-digest` for a
  /// digest that is not 64 lower-case hexadecimal digits, or a recipe that does not have its digest.
  public init(parsing bytes: [UInt8]) throws(ModelError) {
    let root = ManifestObject(try JSONValue.parse(bytes), at: "the manifest")
    try Manifest.checkVersion(root)
    try root.allow([
      "format", "formatVersion", "program", "container", "plugins", "recipe", "importance",
      "metadataEdits", "nonfinite", "source", "files",
    ])
    let program = try root.object("program", ["name", "version"])
    programVersion = try program.string("version")
    container = try root.string("container")
    plugins = try root.objects("plugins", ["id", "version", "sha256"]) {
      object throws(ModelError) in
      Plugin(
        id: try object.string("id"), version: try object.string("version"),
        sha256: object.isNull("sha256") ? nil : try object.digest("sha256"))
    }
    let recipeObject = try root.object("recipe", ["name", "sha256", "resolved"])
    recipeName = try recipeObject.string("name")
    recipe = try recipeObject.value("resolved")
    importance =
      root.isNull("importance")
      ? nil : try Importance(root.object("importance", Importance.members))
    guard let policy = NonfinitePolicy(rawValue: try root.string("nonfinite")) else {
      throw ModelError(.malformed, "manifest-member", "\"nonfinite\" is none of the known policies")
    }
    nonfinite = policy
    metadataEdits = try root.objects("metadataEdits", ["key", "value"]) {
      object throws(ModelError) in
      try Manifest.edit(object)
    }
    guard Set(metadataEdits.map(\.key)).count == metadataEdits.count else {
      throw ModelError(.malformed, "manifest-duplicate", "a key of the metadata appears twice")
    }
    let source = try root.object("source", ["container", "digest", "translation"])
    sourceContainer = try source.string("container")
    translation =
      source.isNull("translation")
      ? nil : try Translation(source.object("translation", Translation.members))
    sourceDigest = try source.digest("digest")
    files = try root.objects("files", ["path", "byteCount", "sha256", "tensors"]) {
      object throws(ModelError) in
      try File(object)
    }
    let paths = files.map(\.path)
    guard Set(paths).count == paths.count else {
      throw ModelError(.malformed, "manifest-duplicate", "a path appears twice")
    }
    guard try recipeObject.digest("sha256") == recipeDigest else {
      throw ModelError(.malformed, "manifest-digest", "the recipe does not have its digest")
    }
    guard Manifest.sourceDigest(ofAll: files.flatMap(\.tensors)) == sourceDigest else {
      throw ModelError(
        .malformed, "manifest-digest", "the source tensors do not have the source's digest")
    }
    try checkFactors()
  }

  /// What was derived are the factors of an NVFP4 tensor, made from the same numbers.
  private func checkFactors() throws(ModelError) {
    let numbers = tensorsOfFactors
    for tensor in files.flatMap(\.tensors) where tensor.outcome == .derived {
      guard let owner = numbers[tensor.name], owner.sourceDigest == tensor.sourceDigest,
        owner.sourceEncoding == tensor.sourceEncoding, tensor.encoding == .F32,
        tensor.shape.dimensions == [owner.shape.factorCount]
      else {
        throw ModelError(
          .malformed, "manifest-member", "a derived tensor holds no factors of another",
          tensor: tensor.name)
      }
    }
  }

  /// The new NVFP4 tensors, by the names of their factors.
  var tensorsOfFactors: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for tensor in files.flatMap(\.tensors)
    where tensor.encoding == .NVFP4 && tensor.outcome == .requantized {
      result[FactorNames.weight(of: tensor.name)] = tensor
    }
    return result
  }

  /// Before anything else: a later version may have other members, and is to be named as one.
  private static func checkVersion(_ root: ManifestObject) throws(ModelError) {
    guard try root.string("format") == "ingot-manifest",
      try root.integer("formatVersion") == formatVersion
    else {
      throw ModelError(
        .malformed, "manifest-version", "only ingot-manifest version \(formatVersion) is known")
    }
  }
}

extension Manifest {
  /// Whether `path` stays below the manifest on every system and fits on a line of `SHA256SUMS`.
  static func isPlainPath(_ path: String) -> Bool {
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    return components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
      && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
  }
}

extension Manifest.File {
  fileprivate init(_ object: ManifestObject) throws(ModelError) {
    path = try object.string("path")
    guard Manifest.isPlainPath(path) else {
      throw ModelError(
        .malformed, "manifest-path", "\"\(path)\" is not a plain relative path")
    }
    byteCount = try object.integer("byteCount")
    sha256 = try object.digest("sha256")
    tensors = try object.objects("tensors", Manifest.Tensor.members) {
      object throws(ModelError) in
      try Manifest.Tensor(object)
    }
    guard Set(tensors.map(\.name)).count == tensors.count else {
      throw ModelError(.malformed, "manifest-duplicate", "a tensor appears twice", file: path)
    }
    var end = 0
    for tensor in tensors.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
      guard tensor.offset >= end else {
        throw ModelError(
          .malformed, "manifest-extent", "a tensor overlaps another", file: path,
          tensor: tensor.name)
      }
      guard tensor.offset <= byteCount, tensor.byteCount <= byteCount - tensor.offset else {
        throw ModelError(
          .malformed, "manifest-extent", "a tensor lies outside its file", file: path,
          tensor: tensor.name)
      }
      end = tensor.offset + tensor.byteCount
    }
  }
}

extension Manifest.Tensor {
  fileprivate static let members = [
    "name", "encoding", "shape", "offset", "byteCount", "digest", "source", "outcome", "method",
    "fellBackFrom", "error", "objective",
  ]

  fileprivate init(_ object: ManifestObject) throws(ModelError) {
    name = try object.string("name")
    encoding = try object.elementType("encoding")
    shape = try Shape(try object.integers("shape"))
    offset = try object.integer("offset")
    byteCount = try object.integer("byteCount")
    guard try encoding.byteCount(of: shape) == byteCount else {
      throw ModelError(
        .malformed, "manifest-extent", "the size is not what encoding and shape make it",
        tensor: name)
    }
    digest = try object.digest("digest")
    let source = try object.object("source", ["encoding", "digest", "factors"])
    sourceEncoding = try source.elementType("encoding")
    sourceDigest = try source.digest("digest")
    sourceFactors = source.isNull("factors") ? nil : try source.digest("factors")
    guard sourceFactors == nil || sourceEncoding == .NVFP4 else {
      throw ModelError(
        .malformed, "manifest-member", "only NVFP4 has factors in the source", tensor: name)
    }
    guard let known = Outcome(rawValue: try object.string("outcome")),
      known == .derived || known == Outcome.of(sourceEncoding, as: encoding)
    else {
      throw ModelError(
        .malformed, "manifest-member", "\"outcome\" is not what the encodings make it",
        tensor: name)
    }
    outcome = known
    method = object.isNull("method") ? nil : try object.string("method")
    fellBackFrom = object.isNull("fellBackFrom") ? nil : try object.elementType("fellBackFrom")
    let measure = try object.object("error", ["relativeRMSE", "maximum", "snrDecibel"])
    error = Manifest.Measure(
      relativeRMSE: try measure.double("relativeRMSE"), maximum: try measure.double("maximum"),
      snrDecibel: measure.isNull("snrDecibel") ? nil : try measure.double("snrDecibel"))
    guard outcome == .requantized || (error.relativeRMSE == 0 && error.maximum == 0) else {
      throw ModelError(
        .malformed, "manifest-member", "only a requantized tensor has an error", tensor: name)
    }
    objective = try object.objectIfThere("objective", Manifest.Objective.members)
      .map { found throws(ModelError) in
        try Manifest.Objective(found, method: outcome == .requantized ? method : nil)
      }
  }
}
