internal import Tensors

/// How many files the output's tensors are distributed over.
public enum Splitting: Sendable, Equatable {
  /// A new file wherever the tensors of one would take more bytes than this; at least 1. Headers do
  /// not count, and a tensor that is larger by itself has a file of its own.
  case byteCount(Int)
  /// Files of this many tensors, the last of what is left; at least 1.
  case tensorCount(Int)
  /// The files of the source, tensor for tensor.
  case asSource
}

/// A container whose checkpoints may be in several files, and how such files are named and linked.
///
/// GGUF: llama.cpp's `gguf-split`. Sizes count the padding to 32 bytes; `split.no`,
/// `split.tensors.count` and `split.count` are in every file, in its order and types, and all other
/// metadata in the first. Safetensors: transformers' `save_pretrained`. Sizes count tensors alone;
/// an index names the file of each tensor; `format` is in every file, and all other metadata in the
/// first.
enum ShardConvention {
  case gguf
  case safetensors

  /// More are never written: `split.count` has 16 bits.
  static let maximumShardCount = 65_535

  /// The convention of `container`; nil if it has none.
  init?(container: ContainerIdentity) {
    switch container.id {
    case "gguf": self = .gguf
    case "safetensors": self = .safetensors
    default: return nil
    }
  }

  /// The positions of the tensors of each file, in order; one file without tensors if there are none.
  ///
  /// `sourceFileCount` files are made by `asSource`, whether they have tensors or not. Throws
  /// `invalidArgument` (`too-many-shards`).
  func shards(
    of tensors: [PlannedTensor], by splitting: Splitting, sourceFileCount: Int
  ) throws(ModelError) -> [[Int]] {
    var shards: [[Int]] = [[]]
    var byteCount = 0
    for (position, tensor) in tensors.enumerated() {
      let size =
        self == .gguf ? try Checked.roundUp(tensor.byteCount, to: 32) : tensor.byteCount
      let isEmpty = shards[shards.count - 1].isEmpty
      switch splitting {
      case .byteCount(let limit):
        let sum = try Checked.sum(byteCount, size)
        if sum > limit, !isEmpty {
          shards.append([])
          byteCount = size
        } else {
          byteCount = sum
        }
      case .tensorCount(let count): if !isEmpty, position % count == 0 { shards.append([]) }
      case .asSource: while shards.count <= tensor.source.fileIndex { shards.append([]) }
      }
      shards[shards.count - 1].append(position)
    }
    if splitting == .asSource {
      while shards.count < sourceFileCount { shards.append([]) }
    }
    guard shards.count <= ShardConvention.maximumShardCount else {
      throw ModelError(
        .invalidArgument, "too-many-shards",
        "\(shards.count) files; at most \(ShardConvention.maximumShardCount) are written")
    }
    return shards
  }

  /// The name of file `index` (from 0) of `count`, between `stem` and `ending`, which has its dot.
  static func name(stem: String, index: Int, count: Int, ending: String) -> String {
    func fiveDigits(_ value: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, 5 - text.utf8.count)) + text
    }
    return "\(stem)-\(fiveDigits(index + 1))-of-\(fiveDigits(count))\(ending)"
  }

  /// The metadata of file `index` of `count`, of a checkpoint with `metadata` and `tensorCount`
  /// tensors.
  func metadata(
    _ metadata: [MetadataEntry], shard index: Int, of count: Int, tensorCount: Int
  ) -> [MetadataEntry] {
    switch self {
    case .gguf:
      (index == 0 ? metadata : []) + [
        MetadataEntry("split.no", .uint16(UInt16(clamping: index))),
        MetadataEntry("split.tensors.count", .int32(Int32(clamping: tensorCount))),
        MetadataEntry("split.count", .uint16(UInt16(clamping: count))),
      ]
    // Older transformers refuse a file that does not say what wrote it.
    case .safetensors: index == 0 ? metadata : metadata.filter { $0.key == "format" }
    }
  }

  /// The file that links `files`; nil if names alone do.
  func index(of files: [PlannedFile]) throws(ModelError) -> PlannedFile? {
    guard self == .safetensors else { return nil }
    var byteCount = 0
    var shardOfTensor: [String: JSONValue] = [:]
    for file in files {
      for tensor in file.tensors {
        byteCount = try Checked.sum(byteCount, tensor.byteCount)
        shardOfTensor[tensor.name] = .string(file.name)
      }
    }
    let json = JSONValue.object([
      "metadata": .object(["total_size": .integer(byteCount)]),
      "weight_map": .object(shardOfTensor),
    ])
    let bytes = Array(json.canonicalText.utf8)
    return PlannedFile(
      name: "model.safetensors.index.json", byteCount: bytes.count,
      segments: [.init(offset: 0, bytes: bytes)], tensors: [])
  }
}
