internal import Dialects
internal import Encodings
internal import Recipes
internal import Tensors

/// The types that one tensor may become, before anything is measured.
struct SizingChoice: Sendable {
  var tensor: TensorInfo
  /// From small to large; one if there is no choice.
  var types: [ElementType]
  /// Whether the recipe keeps the tensor.
  var isKept: Bool
  /// Whether only the lack of a permission to requantize leaves no choice.
  var isLocked = false

  /// Whether `type` makes other numbers of it.
  func isLossy(_ type: ElementType) -> Bool {
    Outcome.of(tensor.elementType, as: type) == .requantized
  }

  /// Bytes of the tensor in `type`, with the factors that new NVFP4 has in a tensor of its own.
  func byteCount(_ type: ElementType) throws(ModelError) -> Int {
    let own = try type.byteCount(of: tensor.shape)
    return type == .NVFP4 && isLossy(type) ? own + 4 * tensor.factorCount : own
  }
}

extension SizeChooser {
  /// The choices of all tensors, in their order; `unfit` has for each what does not fit it besides
  /// shapes. Factors in the source are what they are: the planner decides what becomes of them.
  ///
  /// Throws what `Recipe.decide` throws for a tensor whose type is given, and `unsupported`
  /// (`cannot-encode`) if Ingot does not write that.
  func choices(
    _ model: Model, _ factors: FactorTensors, unfit: [[ElementType: String]]
  ) throws(ModelError) -> [SizingChoice] {
    // What the base would quantize again is not done; only what it keeps is asked here.
    var lenient = base
    lenient.allowsRequantization = true
    let given = Set(base.overrides.map(\.origin))
    let known = SizeChooser.types.filter(isHeldByFormat)
    var choices: [SizingChoice] = []
    var refusals = PlanRefusals(importance: importance)
    for (index, tensor) in checkpoint.tensors.enumerated() {
      func decision(of recipe: Recipe) throws(ModelError) -> Decision {
        do throws(ModelError) {
          return try recipe.decide(
            tensor, model.meanings[index], of: model.facts, hasImportance: importance != nil,
            unfit: unfit[index])
        } catch {
          throw error.at(tensor: tensor.name)
        }
      }
      let own = tensor.elementType
      guard factors.owner(of: tensor.name) == nil else {
        choices.append(SizingChoice(tensor: tensor, types: [own], isKept: true))
        continue
      }
      let lenientDecision = try decision(of: lenient)
      if lenientDecision.isKept {
        choices.append(SizingChoice(tensor: tensor, types: [own], isKept: true))
      } else if given.contains(lenientDecision.rule) {
        let exact = try decision(of: base)
        if exact.encoding != own { refusals.note(tensor, exact) }
        choices.append(SizingChoice(tensor: tensor, types: [exact.encoding], isKept: false))
      } else if own.isQuantized, !base.allowsRequantization {
        choices.append(
          SizingChoice(tensor: tensor, types: [own], isKept: false, isLocked: true))
      } else {
        let fitting = known.filter { unfit[index][$0] == nil }
        choices.append(
          SizingChoice(tensor: tensor, types: types(for: tensor, of: fitting), isKept: false))
      }
    }
    if let refusal = refusals.error(of: base) { throw refusal }
    return choices
  }

  /// What fits the shape and is smaller than the source's type; and that one too, or where the
  /// container has no such type, those that hold all its numbers.
  private func types(for tensor: TensorInfo, of known: [ElementType]) -> [ElementType] {
    let own = tensor.elementType
    guard EncodingTable.named(own.rawValue)?.canDecode == true else { return [own] }
    let holdsOwn = isHeldByFormat(own)
    var types = known.filter { type in
      guard type != own, (try? type.byteCount(of: tensor.shape)) != nil else { return false }
      return type.bitsPerElement < own.bitsPerElement
        || !holdsOwn && Outcome.of(own, as: type) == .repacked
    }
    if holdsOwn || types.isEmpty { types.append(own) }
    return types.enumerated().sorted {
      ($0.element.bitsPerElement, $0.offset) < ($1.element.bitsPerElement, $1.offset)
    }.map(\.element)
  }

  /// Whether the container knows the type: it is asked to lay out a tensor of it.
  private func isHeldByFormat(_ type: ElementType) -> Bool {
    guard let shape = try? Shape([1, 256]), let byteCount = try? type.byteCount(of: shape) else {
      return false
    }
    let tensor = TensorInfo(
      name: "a", elementType: type, shape: shape, offset: 0, byteCount: byteCount)
    do throws(ModelError) {
      _ = try format.layout(of: ContainerIndex(tensors: [tensor], metadata: []))
      return true
    } catch {
      return error.reason != "type-not-in-format"
    }
  }

  /// What another recipe would choose; nil if it is no choice here.
  func assignment(
    of recipe: Recipe, _ tensors: [SizedRecipe.Tensor], _ model: Model,
    unfit: [[ElementType: String]]
  ) -> [Int]? {
    var recipe = recipe
    recipe.allowsRequantization = true
    guard
      let decisions = try? recipe.decide(
        checkpoint.tensors, model.meanings, of: model.facts, hasImportance: importance != nil,
        unfit: unfit)
    else { return nil }
    var assignment: [Int] = []
    for (tensor, decision) in zip(tensors, decisions) {
      let index = tensor.candidates.firstIndex { $0.elementType == decision.encoding }
      // A tensor without a choice is what it is with any recipe.
      guard let place = index ?? (tensor.candidates.count == 1 ? 0 : nil) else { return nil }
      assignment.append(place)
    }
    return assignment
  }
}
