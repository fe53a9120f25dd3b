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
}

extension SizeChooser {
  /// The choices of all tensors, in their order. Throws what `Recipe.decide` throws for a tensor
  /// whose type is given.
  func choices(_ model: Model) throws(ModelError) -> [SizingChoice] {
    // What the base would quantize again is not done; only what it keeps is asked here.
    var lenient = base
    lenient.allowsRequantization = true
    let given = Set(base.overrides.map(\.origin))
    let known = SizeChooser.types.filter(isHeldByFormat)
    var choices: [SizingChoice] = []
    for (tensor, meaning) in zip(checkpoint.tensors, model.meanings) {
      let decision: Decision
      do throws(ModelError) {
        decision = try lenient.decide(
          tensor, meaning, of: model.facts, hasImportance: importance != nil)
      } catch {
        throw error.at(tensor: tensor.name)
      }
      let own = tensor.elementType
      if decision.isKept {
        choices.append(SizingChoice(tensor: tensor, types: [own], isKept: true))
      } else if given.contains(decision.rule) {
        let exact = try base.decide(
          tensor, meaning, of: model.facts, hasImportance: importance != nil)
        choices.append(SizingChoice(tensor: tensor, types: [exact.encoding], isKept: false))
      } else if own.isQuantized, !base.allowsRequantization {
        choices.append(
          SizingChoice(tensor: tensor, types: [own], isKept: false, isLocked: true))
      } else {
        choices.append(
          SizingChoice(tensor: tensor, types: types(for: tensor, of: known), isKept: false))
      }
    }
    return choices
  }

  /// What fits the shape and is smaller than the source's type; and that one too, or where the
  /// container has no such type, those that hold all its numbers.
  private func types(for tensor: TensorInfo, of known: [ElementType]) -> [ElementType] {
    let own = tensor.elementType
    guard EncodingTable.named(own.rawValue)?.canDecode == true else { return [own] }
    let holdsOwn = isHeldByFormat(own)
    var types = known.filter { type in
      guard type != own, EncodingTable.named(type.rawValue)?.canEncode == true,
        (try? type.byteCount(of: tensor.shape)) != nil
      else { return false }
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
    of recipe: Recipe, _ tensors: [SizedRecipe.Tensor], _ model: Model
  ) -> [Int]? {
    var recipe = recipe
    recipe.allowsRequantization = true
    guard
      let decisions = try? recipe.decide(
        checkpoint.tensors, model.meanings, of: model.facts, hasImportance: importance != nil)
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
