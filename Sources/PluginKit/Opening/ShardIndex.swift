internal import Tensors

/// A shard index as transformers writes it (`model.safetensors.index.json`): which file holds which
/// tensor.
struct ShardIndex {
  /// The name of the index file.
  var name: String
  /// The shards, each once, in the order of their names.
  var shards: [String]
  /// The shard of each tensor.
  var shardOfTensor: [String.UTF8Key: String]
  /// Bytes of all tensors together, if the index says so.
  var totalByteCount: Int?

  /// The end of every index file's name.
  static let ending = ".index.json"

  /// Reads the index file at `path`.
  ///
  /// Throws `malformed`: `shard-index` if it is not an object with a `weight_map` of texts,
  /// `shard-index-total-size` if `metadata.total_size` is not a whole number, and what the JSON
  /// parser says; `refused` (`unsafe-shard-name`) for a shard that is not a plain name in the same
  /// folder; `limitExceeded` (`header-too-large`) for an index above `limits.headerByteCount`.
  init(path: String, name: String, limits: Limits) throws(ModelError) {
    do throws(ModelError) {
      let source = try FileByteSource(path: path)
      guard source.byteCount <= limits.headerByteCount else {
        throw ModelError(
          .limitExceeded, "header-too-large",
          "the index has \(source.byteCount) bytes, above \(limits.headerByteCount)")
      }
      let bytes = try source.bytes(at: 0, byteCount: source.byteCount)
      try self.init(try JSONValue.parse(bytes), name: name)
    } catch {
      throw error.at(file: path)
    }
  }

  private init(_ json: JSONValue, name: String) throws(ModelError) {
    guard let map = json["weight_map"]?.object, !map.isEmpty else {
      throw ModelError(
        .malformed, "shard-index", "the index has no `weight_map` with tensors in it")
    }
    self.name = name
    shardOfTensor = [:]
    shardOfTensor.reserveCapacity(map.count)
    var names = Set<String.UTF8Key>()
    for (tensor, value) in map {
      guard let shard = value.string else {
        throw ModelError(
          .malformed, "shard-index", "the shard of a tensor is not a text", tensor: tensor)
      }
      try ShardIndex.checkIsPlainName(shard, tensor: tensor)
      shardOfTensor[tensor.utf8Key] = shard
      names.insert(shard.utf8Key)
    }
    shards = names.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if let total = json["metadata"]?["total_size"] {
      // transformers has written this number as a float, such as 26000000.0.
      guard let count = total.integer ?? total.double.flatMap({ Int(exactly: $0) }), count >= 0
      else {
        throw ModelError(
          .malformed, "shard-index-total-size", "`metadata.total_size` is not a whole number")
      }
      totalByteCount = count
    }
  }

  /// A shard's name becomes part of a path, so it may not leave the folder.
  private static func checkIsPlainName(_ name: String, tensor: String) throws(ModelError) {
    let bytes = name.utf8
    guard !name.isEmpty, name != ".", name != "..", bytes.count <= 255,
      !bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 })
    else {
      throw ModelError(
        .refused, "unsafe-shard-name",
        "the shard \"\(name.prefix(256))\" is not the name of a file in the same folder",
        tensor: tensor)
    }
  }
}
