internal import Tensors

extension Translation {
  static func toLlamaCpp(
    _ source: Checkpoint, files: ModelFiles, tokenizerMetadata: [MetadataEntry],
    generalMetadata: [MetadataEntry], vocabularySize: Int?, catalog: ArchitectureCatalog
  ) throws(ModelError) -> Translation {
    guard let config = try files.json(ModelConfig.fileName) else {
      throw ModelError(
        .notFound, "config-missing", "a model without config.json says no architecture",
        file: ModelConfig.fileName)
    }
    guard let architecture = try catalog.architecture(of: config) else {
      throw unknownArchitecture(
        config["architectures"]?.array?.first?.string ?? config["model_type"]?.string ?? "")
    }
    let values = try ConfigValues(config, architecture)

    // What the metadata say of the file's type depends on the tensors, whose sizes the metadata say.
    var making = MetadataMaking(architecture, values, files: files, mostly: .F32)
    try making.run()
    var sizes = TranslationSizes(architecture, making.entries)
    if let vocabularySize { sizes.counted["tokens"] = vocabularySize }
    var translating = try ToLlamaCpp(architecture, sizes, source, config: values)
    try translating.run()
    var tensors: [TranslatedTensor] = []
    var notes = translating.notes
    for generated in architecture.generated {
      for tensor in try RopeFactors.generate(generated.kind, values, sizes) {
        notes.append(TranslationNote(.generatedTensor, tensor.name, generated.reason))
        tensors.append(tensor)
      }
    }
    tensors += translating.tensors

    var metadata = [
      MetadataEntry("general.architecture", .string(architecture.llamaCpp)),
      MetadataEntry("general.type", .string("model")),
    ]
    metadata += generalMetadata.filter { entry in !metadata.contains { $0.key == entry.key } }
    making = MetadataMaking(
      architecture, values, files: files,
      mostly: mostly(tensors.lazy.map { ($0.elementType, $0.shape) }))
    try making.run()
    metadata += making.entries
    metadata.append(
      MetadataEntry(
        LlamaCppFileType.quantizationVersionKey, .uint32(LlamaCppFileType.quantizationVersion)))
    metadata += tokenizerMetadata
    notes += unread(values, architecture)
    return Translation(
      checkpoint: try source.translated(tensors, metadata: metadata),
      architecture: architecture.name, notes: notes, config: nil)
  }

  /// Keys of `config.json` that nothing read, and constants that are otherwise.
  private static func unread(
    _ values: ConfigValues, _ architecture: Architecture
  ) -> [TranslationNote] {
    var read = architecture.ignored
    read.formUnion(["architectures", "model_type", "torch_dtype", "dtype", "rope"])
    for rule in architecture.config {
      for path in rule.paths + rule.expressions.flatMap(\.names)
        + (rule.defaultExpression?.names ?? []) + rule.conditions.map(\.path)
      {
        read.insert(path.split(separator: ".").first.map(String.init) ?? path)
      }
    }
    read.formUnion(architecture.defaults.map(\.path))
    read.formUnion(architecture.flags.map(\.key))
    var notes: [TranslationNote] = []
    let constants = Dictionary(architecture.constants.map { ($0.key, $0.value) }) { _, b in b }
    for (key, value) in values.root.sorted(by: { $0.key < $1.key }) where !read.contains(key) {
      if let constant = constants[key] {
        guard constant != value, value != .null else { continue }
        notes.append(
          TranslationNote(
            .droppedKey, key,
            "it is \(String(value.compactText.prefix(80))), and llama.cpp computes with "
              + "\(constant.compactText)"))
      } else if value != .null {
        notes.append(
          TranslationNote(.droppedKey, key, "llama.cpp's metadata have no key for it"))
      }
    }
    return notes
  }

  static func toHuggingFace(
    _ source: Checkpoint, catalog: ArchitectureCatalog
  ) throws(ModelError) -> Translation {
    guard let name = source.metadata["general.architecture"]?.string else {
      throw ModelError(
        .invalidArgument, "not-llama-cpp",
        "without general.architecture in the metadata nothing says which names these are")
    }
    let keys = Dictionary(
      source.metadata.map { ($0.key, $0.value.integer.map(String.init) ?? "present") }
    ) { first, _ in first }
    let names = Set(source.tensors.lazy.map(\.name))
    guard
      let architecture = try catalog.architecture(
        ofLlamaCpp: name, value: { keys[$0] ?? (names.contains($0) ? "present" : nil) })
    else { throw unknownArchitecture(name) }
    var sizes = TranslationSizes(architecture, source.metadata)
    for (size, name) in [
      ("vocabulary", "token_embd.weight"), ("token_types", "token_types.weight"),
    ] {
      let tensor = source.tensors.first { $0.name == name }
      if let tensor { sizes.counted[size] = tensor.shape.rowCount }
    }
    var rope: [String: JSONValue] = [:]
    var notes: [TranslationNote] = []
    var generated: Set<String> = []
    for element in architecture.generated {
      let found = try RopeFactors.read(element.kind, source, sizes)
      rope.merge(found) { _, new in new }
      for name in RopeFactors.names(element.kind)
      where names.contains(name) {
        generated.insert(name)
        notes.append(
          TranslationNote(.droppedTensor, name, "config.json says it, under rope_scaling"))
      }
    }
    var rest = source
    rest.tensors.removeAll { generated.contains($0.name) }
    var translating = try ToHuggingFace(architecture, sizes, rest)
    try translating.run()
    var making = ConfigMaking(architecture, sizes)
    var config = try making.run(
      tensors: names,
      mostly: mostly(
        translating.tensors.lazy.filter { $0.elementType != .U8 }
          .map { ($0.elementType, $0.shape) }), rope: rope)
    if translating.hasPacking, case .object(var members) = config {
      members["quantization_config"] = .object(["quant_method": .string("mxfp4")])
      config = .object(members)
    }
    return Translation(
      // transformers refuses files that do not say whose tensors they are.
      checkpoint: try source.translated(
        translating.tensors, metadata: [MetadataEntry("format", .string("pt"))]),
      architecture: architecture.name, notes: notes + translating.notes + making.notes,
      config: config)
  }
}
