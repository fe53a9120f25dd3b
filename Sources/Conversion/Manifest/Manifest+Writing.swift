internal import Dialects
internal import Digests
public import Tensors

extension Manifest {
  /// The canonical JSON text.
  public var text: String { json.canonicalText }

  /// The content of `SHA256SUMS`: every file, and the manifest itself under `manifestName`.
  public func checksums(manifestName: String) -> String {
    let own = SHA256.digest(of: Array(text.utf8)).hex
    var lines = files.map { ($0.path, $0.sha256.hex) } + [(manifestName, own)]
    lines.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    return lines.map { "\($0.1)  \($0.0)\n" }.joined()
  }

  /// SHA-256 of the resolved recipe's compact canonical form.
  public var recipeDigest: Digest { SHA256.digest(of: Array(recipe.compactText.utf8)) }

  /// One digest for all source tensors of `tensors`: what was derived is in no source, and factors
  /// that were taken in are.
  static func sourceDigest(ofAll tensors: [Tensor]) -> Digest {
    var sources: [(name: String, digest: Digest)] = []
    for tensor in tensors where tensor.outcome != .derived {
      sources.append((tensor.name, tensor.sourceDigest))
      if let factors = tensor.sourceFactors {
        sources.append((FactorNames.weight(of: tensor.name), factors))
      }
    }
    return sourceDigest(of: sources)
  }

  /// SHA-256 over `name NUL hex LF`, sorted by name in bytes.
  static func sourceDigest(of tensors: [(name: String, digest: Digest)]) -> Digest {
    var hash = SHA256()
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for tensor in sorted { hash.update(Array("\(tensor.name)\u{0}\(tensor.digest.hex)\n".utf8)) }
    return hash.digest()
  }

  private var json: JSONValue {
    .object([
      "format": .string("ingot-manifest"),
      "formatVersion": .integer(Manifest.formatVersion),
      "program": .object(["name": .string("ingot"), "version": .string(programVersion)]),
      "container": .string(container),
      "plugins": .array(
        plugins.map { plugin in
          .object([
            "id": .string(plugin.id), "version": .string(plugin.version),
            "sha256": plugin.sha256.map { .string($0.hex) } ?? .null,
          ])
        }),
      "recipe": .object([
        "name": .string(recipeName), "sha256": .string(recipeDigest.hex), "resolved": recipe,
      ]),
      "importance": importance?.json ?? .null,
      "metadataEdits": .array(metadataEdits.map(Manifest.json)),
      "nonfinite": .string(nonfinite.rawValue),
      "source": .object([
        "container": .string(sourceContainer), "digest": .string(sourceDigest.hex),
        "translation": translation?.json ?? .null,
      ]),
      "files": .array(files.map(\.json)),
    ])
  }
}

extension Manifest.File {
  fileprivate var json: JSONValue {
    .object([
      "path": .string(path), "byteCount": .integer(byteCount), "sha256": .string(sha256.hex),
      "tensors": .array(tensors.map(\.json)),
    ])
  }
}

extension Manifest.Tensor {
  fileprivate var json: JSONValue {
    var members: [String: JSONValue] = [
      "name": .string(name), "encoding": .string(encoding.rawValue),
      "shape": .array(shape.dimensions.map { .integer($0) }), "offset": .integer(offset),
      "byteCount": .integer(byteCount), "digest": .string(digest.hex),
      "source": .object([
        "encoding": .string(sourceEncoding.rawValue), "digest": .string(sourceDigest.hex),
        "factors": sourceFactors.map { .string($0.hex) } ?? .null,
      ]),
      "outcome": .string(outcome.rawValue),
      "method": method.map { .string($0) } ?? .null,
      "fellBackFrom": fellBackFrom.map { .string($0.rawValue) } ?? .null,
      "error": .object([
        "relativeRMSE": .number("\(error.relativeRMSE)"), "maximum": .number("\(error.maximum)"),
        "snrDecibel": error.snrDecibel.map { .number("\($0)") } ?? .null,
      ]),
    ]
    members["objective"] = objective?.json
    return .object(members)
  }
}
