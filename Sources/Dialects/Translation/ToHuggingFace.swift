internal import Tensors

/// Makes Hugging Face's tensors of llama.cpp's, by the rules of an architecture.
struct ToHuggingFace {
  let architecture: Architecture
  let sizes: TranslationSizes
  let source: Checkpoint
  let blockCount: Int
  private let table: RuleTable
  private var gathered: [RuleTable.Place: Gathered] = [:]
  private var made: Set<RuleTable.Place> = []
  /// Whether there are blocks of MXFP4 in two tensors.
  private(set) var hasPacking = false
  private(set) var tensors: [TranslatedTensor] = []
  private(set) var notes: [TranslationNote] = []

  /// Throws `malformed` (`size-missing`).
  init(
    _ architecture: Architecture, _ sizes: TranslationSizes, _ source: Checkpoint
  ) throws(ModelError) {
    self.architecture = architecture
    self.sizes = sizes
    self.source = source
    blockCount = try sizes.value(.name("block_count"))
    table = .llamaCpp(architecture)
  }

  /// Goes through the source in its order.
  ///
  /// Throws `unsupported` (`tensor-unknown`), `malformed` (`tensor-missing`, `shape-mismatch`, and what
  /// sizes throw).
  mutating func run() throws(ModelError) {
    for tensor in source.tensors {
      do throws(ModelError) {
        try take(tensor)
      } catch {
        throw error.at(file: source.files[tensor.fileIndex].name, tensor: tensor.name)
      }
    }
    for place in gathered.keys.filter({ !made.contains($0) }).sorted(by: <) {
      throw missing(place)
    }
    for (index, rule) in architecture.tensors.enumerated() where !rule.isOptional {
      let isInBlock = rule.huggingFace.isInBlock
      let other = rule.unless.flatMap { unless in
        architecture.tensors.firstIndex { $0.huggingFace == unless }
      }
      for block in 0..<(isInBlock ? blockCount : 1) {
        let place = RuleTable.Place(rule: index, block: isInBlock ? block : nil)
        if made.contains(place) { continue }
        if let other, made.contains(RuleTable.Place(rule: other, block: place.block)) { continue }
        throw missing(place)
      }
    }
  }

  private func missing(_ place: RuleTable.Place) -> ModelError {
    let rule = architecture.tensors[place.rule]
    let found = gathered[place]?.tensors ?? [:]
    let part = rule.llamaCpp.indices.first { found[Gathered.Key(part: $0)] == nil } ?? 0
    let name = rule.llamaCpp[part].name(block: place.block)
    return ModelError(
      .malformed, "tensor-missing",
      "the architecture \(architecture.name) has \(name), the checkpoint has not", tensor: name)
  }

  private mutating func take(_ tensor: TensorInfo) throws(ModelError) {
    if let dropped = architecture.droppedOnReturn.first(where: { $0.matches(tensor.name) }) {
      notes.append(TranslationNote(.droppedTensor, tensor.name, dropped.reason))
      return
    }
    // Rules with the same name differ in the packing: only MXFP4 has the one of gpt-oss.
    let hit = table.hits(tensor.name).first {
      architecture.tensors[$0.rule].packing == nil
        || tensor.elementType == .MXFP4 && tensor.shape.rank > 0
    }
    guard let hit, hit.block ?? 0 < blockCount else {
      throw ModelError(
        .unsupported, "tensor-unknown",
        "no rule of the architecture \(architecture.name) names it; --generic copies names as they "
          + "are")
    }
    let place = RuleTable.Place(rule: hit.rule, block: hit.block)
    gathered[place, default: Gathered()].tensors[Gathered.Key(part: hit.part)] = tensor
    let rule = architecture.tensors[hit.rule]
    let parts = rule.llamaCpp.indices.compactMap {
      gathered[place]?.tensors[Gathered.Key(part: $0)]
    }
    guard parts.count == rule.llamaCpp.count else { return }
    let application = RuleApplication(rule, sizes, block: hit.block)
    tensors +=
      rule.packing == nil ? try application.toHuggingFace(parts) : try application.unpacked(parts)
    if rule.packing != nil { hasPacking = true }
    made.insert(place)
  }
}
