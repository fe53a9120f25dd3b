internal import Tensors

/// The order in which llama-quantize goes through a model, and counts.
///
/// Source: `weight_name_comparer` of llama.cpp's `llama-model-loader.h`: by block, then by name;
/// names that do not begin with `blk.` come first.
enum ModelOrder {
  /// Gives each meaning with a kind its place among those of the same kind.
  static func number(
    _ meanings: inout [TensorMeaning], _ tensors: [TensorInfo], _ dialect: Dialect
  ) {
    var members: [TensorKind: [Int]] = [:]
    for index in meanings.indices {
      if let kind = meanings[index].role.kind { members[kind, default: []].append(index) }
    }
    let blocks = meanings.indices.map { index in
      dialect != .llamaCpp || tensors[index].name.hasPrefix("blk.")
        ? meanings[index].block ?? -1 : -1
    }
    for indices in members.values {
      let ordered = indices.sorted { first, second in
        blocks[first] == blocks[second]
          ? tensors[first].name.utf8.lexicographicallyPrecedes(tensors[second].name.utf8)
          : blocks[first] < blocks[second]
      }
      for (place, index) in ordered.enumerated() {
        meanings[index].ordinal = TensorMeaning.Ordinal(place, of: ordered.count)
      }
    }
  }
}
