internal import Dialects
internal import Tensors

/// The metadata of the output: the source's, with what the conversion makes untrue corrected.
enum OutputMetadata {
  /// Where metadata in llama.cpp's dialect says how the file is quantized, that is brought up to
  /// date; everything else is kept, in order. `fileType` is the recipe's own number; without one it
  /// is that of the encoding of most elements.
  ///
  /// With an importance matrix it is described under llama-quantize's keys; file and text are named
  /// without their folders.
  static func of(
    _ source: [MetadataEntry], tensors: [PlannedTensor], fileType: UInt32? = nil,
    importance: ImportanceMatrix?
  ) -> [MetadataEntry] {
    guard source["general.architecture"] != nil, !tensors.allSatisfy({ $0.outcome == .exact })
    else { return source }
    var result = source
    func set(_ key: String, _ number: UInt32) { set(key, .uint32(number)) }
    func set(_ key: String, _ value: MetadataValue) {
      let entry = MetadataEntry(key, value)
      if let index = result.firstIndex(where: { $0.key == key }) {
        result[index] = entry
      } else {
        result.append(entry)
      }
    }
    if let number = fileType ?? mostly(tensors).flatMap(LlamaCppFileType.number(mostly:)) {
      set(LlamaCppFileType.key, number)
    }
    if tensors.contains(where: { $0.elementType.blockElementCount > 1 }) {
      set(LlamaCppFileType.quantizationVersionKey, LlamaCppFileType.quantizationVersion)
    }
    // What a matrix of an earlier quantization was is no longer true of these numbers.
    result.removeAll { $0.key.hasPrefix("quantize.imatrix.") }
    if let importance {
      for entry in LlamaCppImportance.metadata(importance) { set(entry.key, entry.value) }
    }
    return result
  }

  /// The encoding of most elements of the matrices; of equals the first in file order.
  private static func mostly(_ tensors: [PlannedTensor]) -> ElementType? {
    var counts: [ElementType: Int] = [:]
    for tensor in tensors where tensor.shape.rank >= 2 {
      counts[tensor.elementType, default: 0] += tensor.shape.elementCount
    }
    let highest = counts.values.max()
    return tensors.first { $0.shape.rank >= 2 && counts[$0.elementType] == highest }?
      .elementType
  }
}
