internal import Tensors

/// Makes llama.cpp's tensors of Hugging Face's, by the rules of an architecture.
struct ToLlamaCpp {
  let architecture: Architecture
  let sizes: TranslationSizes
  let source: Checkpoint
  let blockCount: Int
  private let scales: BlockScales
  private let table: RuleTable
  private var gathered: [RuleTable.Place: Gathered] = [:]
  private(set) var made: Set<RuleTable.Place> = []
  private(set) var tensors: [TranslatedTensor] = []
  private(set) var notes: [TranslationNote] = []

  /// Throws what `BlockScales` throws, `malformed` (`size-missing`).
  init(
    _ architecture: Architecture, _ sizes: TranslationSizes, _ source: Checkpoint,
    config: ConfigValues
  ) throws(ModelError) {
    self.architecture = architecture
    self.sizes = sizes
    self.source = source
    blockCount = try sizes.value(.name("block_count"))
    scales = try BlockScales(source, config)
    table = .huggingFace(architecture)
  }

  /// Goes through the source shard by shard and in each by name, as convert_hf_to_gguf does; a tensor
  /// stands where the last of what it is made of was met.
  ///
  /// Throws `unsupported` (`tensor-unknown`, `tensor-not-zero`), `malformed` (`tensor-missing`,
  /// `tensor-twice`, `shape-mismatch`, and what sizes throw).
  mutating func run() throws(ModelError) {
    let ordered = source.tensors.sorted { a, b in
      a.fileIndex == b.fileIndex
        ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : a.fileIndex < b.fileIndex
    }
    for tensor in ordered {
      do throws(ModelError) {
        try take(tensor)
      } catch {
        throw error.at(file: source.files[tensor.fileIndex].name, tensor: tensor.name)
      }
    }
    try checkComplete()
  }

  private mutating func take(_ tensor: TensorInfo) throws(ModelError) {
    if let reason = scales.consumes(tensor.name) {
      if !reason.isEmpty { note(tensor, reason) }
      return
    }
    let name = spelled(tensor.name)
    if let dropped = architecture.dropped.first(where: {
      $0.matches(name) || $0.matches(tensor.name)
    }) {
      if dropped.hasToBeZero { try checkZero(tensor) }
      return note(tensor, dropped.reason)
    }
    if let reason = architecture.extraBlocks,
      let block = TensorPattern.parts(of: name).numbers.first, block >= blockCount
    {
      return note(tensor, reason)
    }
    guard let hit = table.hits(name).first, hit.block ?? 0 < blockCount else {
      throw unknown(name)
    }
    let rule = architecture.tensors[hit.rule]
    if let member = hit.member, member >= (try stackCount(rule)) { throw unknown(name) }
    let place = RuleTable.Place(rule: hit.rule, block: hit.block)
    let key = Gathered.Key(part: hit.part, member: hit.member)
    if made.contains(place) || gathered[place]?.tensors[key] != nil {
      if let reason = rule.repetition { return note(tensor, reason) }
      throw ModelError(.malformed, "tensor-twice", "two tensors are \(name)")
    }
    gathered[place, default: Gathered()].tensors[key] = tensor
    for place in try complete(place) { try make(place) }
  }

  private mutating func note(_ tensor: TensorInfo, _ reason: String) {
    notes.append(TranslationNote(.droppedTensor, tensor.name, reason))
  }

  private func unknown(_ name: String) -> ModelError {
    ModelError(
      .unsupported, "tensor-unknown",
      "no rule of the architecture \(architecture.name) names \(name); --generic copies names as "
        + "they are")
  }

  private func spelled(_ name: String) -> String {
    var name = name
    for spelling in architecture.spellings {
      if spelling.isPrefix, name.hasPrefix(spelling.from) {
        name = spelling.to + name.dropFirst(spelling.from.count)
      } else if !spelling.isPrefix, name.hasSuffix(spelling.from) {
        name = name.dropLast(spelling.from.count) + spelling.to
      }
    }
    return name
  }

  private func stackCount(_ rule: TensorRule) throws(ModelError) -> Int {
    guard let stack = rule.stack else { return 1 }
    return try sizes.value(.name(stack))
  }

  private func isComplete(_ place: RuleTable.Place) throws(ModelError) -> Bool {
    let rule = architecture.tensors[place.rule]
    let count = gathered[place]?.tensors.count ?? 0
    return count == (rule.packing == nil ? try stackCount(rule) : 2)
  }

  /// The places that can be made now that something was added to `place`: members of the same stack
  /// are made together, in the order of the rules.
  private func complete(_ place: RuleTable.Place) throws(ModelError) -> [RuleTable.Place] {
    guard try isComplete(place) else { return [] }
    let rule = architecture.tensors[place.rule]
    guard let stack = rule.stack else { return [place] }
    var group: [RuleTable.Place] = []
    for (index, other) in architecture.tensors.enumerated()
    where other.stack == stack {
      let place = RuleTable.Place(rule: index, block: place.block)
      guard try isComplete(place) else { return [] }
      group.append(place)
    }
    return group
  }

  private mutating func make(_ place: RuleTable.Place) throws(ModelError) {
    let rule = architecture.tensors[place.rule]
    let parts = gathered[place]?.tensors ?? [:]
    made.insert(place)
    gathered[place] = Gathered(tensors: [:])
    let maker = RuleApplication(rule, sizes, block: place.block)
    if rule.packing != nil {
      guard let codes = parts[Gathered.Key(part: 0)], let exponents = parts[Gathered.Key(part: 1)]
      else { return }
      tensors += try maker.packed(codes, exponents)
      return
    }
    let members = parts.sorted { ($0.key.member ?? 0) < ($1.key.member ?? 0) }.map(\.value)
    tensors += try maker.toLlamaCpp(
      members, scales: members.map { scales.scale(of: $0) }, isWidened: LlamaCppVectors.isF32)
    for index in tensors.indices.suffix(rule.llamaCpp.count) {
      tensors[index].isFirst = rule.isFirst
    }
  }

  private func checkComplete() throws(ModelError) {
    for place in gathered.filter({ !$0.value.tensors.isEmpty }).keys.sorted() {
      // A stack may be complete and wait for the others of its block.
      if try isComplete(place) { continue }
      throw missing(architecture.tensors[place.rule], place.block, gathered[place])
    }
    for (index, rule) in architecture.tensors.enumerated() where !rule.isOptional {
      let blocks: [Int?] = rule.huggingFace.isInBlock ? [] : [nil]
      for block in blocks where !made.contains(RuleTable.Place(rule: index, block: block)) {
        throw missing(rule, block, nil)
      }
      guard rule.huggingFace.isInBlock else { continue }
      let other = rule.unless.flatMap { unless in
        architecture.tensors.firstIndex { $0.huggingFace == unless }
      }
      for block in 0..<blockCount
      where !made.contains(RuleTable.Place(rule: index, block: block)) {
        if let other, made.contains(RuleTable.Place(rule: other, block: block)) { continue }
        throw missing(rule, block, nil)
      }
    }
  }

  private func missing(_ rule: TensorRule, _ block: Int?, _ part: Gathered?) -> ModelError {
    let members = Set(part?.tensors.keys.compactMap(\.member) ?? [])
    let member = (0...members.count).first { !members.contains($0) }
    let name =
      rule.packing != nil && part?.tensors[Gathered.Key(part: 0)] != nil
      ? rule.packing?.scales.name(block: block) ?? ""
      : rule.huggingFace.name(block: block, member: member)
    return ModelError(
      .malformed, "tensor-missing",
      "the architecture \(architecture.name) has \(name), the checkpoint has not", tensor: name)
  }

  private func checkZero(_ tensor: TensorInfo) throws(ModelError) {
    let scratch = ScratchBytes()
    for start in stride(from: 0, to: tensor.byteCount, by: 1 << 20) {
      let bytes = scratch.bytes(min(1 << 20, tensor.byteCount - start))
      try source.read(tensor, offset: start, into: bytes)
      guard bytes.allSatisfy({ $0 == 0 }) else {
        throw ModelError(
          .unsupported, "tensor-not-zero",
          "llama.cpp has no place for this tensor, and not all of its numbers are zero")
      }
    }
  }
}

/// Which of llama.cpp's tensors are F32 in every file.
enum LlamaCppVectors {
  private static let matrices: Set<Substring> = [
    "ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight", "position_embd.weight",
    "token_types.weight", "ssm_conv1d.weight",
  ]

  /// Vectors, norms, what is no weight by its name, and a few small matrices: llama.cpp computes with
  /// nothing else there. Source: `prepare_tensors` of llama.cpp's `conversion/base.py`.
  static func isF32(_ name: String, rank: Int) -> Bool {
    if rank <= 1 || name.hasSuffix("_norm.weight") || !name.hasSuffix(".weight") { return true }
    let ending = name.split(separator: ".").suffix(2).joined(separator: ".")
    return matrices.contains(ending[...])
  }
}
