public import Tensors

/// What llama-quantize notes in a file about the importance matrix that it was made with
/// (`LLM_KV_QUANTIZE_IMATRIX_*` in `tools/quantize/quantize.cpp`).
public enum LlamaCppImportance {
  /// The entries, in llama-quantize's order. Unlike there, the file's and the calibration text's
  /// names are without folders; of several texts the first one is named. The text is left out if
  /// there is none, the number of chunks if it is 0 or unknown.
  public static func metadata(_ importance: ImportanceMatrix) -> [MetadataEntry] {
    var entries = [MetadataEntry("quantize.imatrix.file", .string(importance.name))]
    if let dataset = importance.datasets.first {
      entries.append(MetadataEntry("quantize.imatrix.dataset", .string(dataset)))
    }
    entries.append(
      MetadataEntry(
        "quantize.imatrix.entries_count",
        .uint32(UInt32(clamping: importance.entryCount))))
    if let chunks = importance.chunkCount, chunks > 0 {
      entries.append(
        MetadataEntry("quantize.imatrix.chunks_count", .uint32(UInt32(clamping: chunks))))
    }
    return entries
  }
}
