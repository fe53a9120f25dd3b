internal import Dialects
internal import Digests
internal import Encodings
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Manifest.Tensor {
  /// The entry of a finished tensor; `leaves` are all of its leaves, in order. Those of factors do not
  /// tell the digest of the numbers that they were made from: `numbers` is the entry of these.
  init(
    _ tensor: PlannedTensor, leaves: [LeafRecord], sourceFactors: Digest?,
    numbers: Manifest.Tensor? = nil
  ) {
    var sums = EncodingLoss()
    for leaf in leaves { if let loss = leaf.loss { sums.merge(loss) } }
    self.init(
      name: tensor.name, encoding: tensor.elementType, shape: tensor.shape,
      offset: tensor.offset, byteCount: tensor.byteCount,
      digest: TensorDigest.digest(
        elementType: tensor.elementType, shape: tensor.shape, leaves: leaves.map(\.output)),
      sourceEncoding: tensor.source.elementType,
      sourceDigest: numbers?.sourceDigest
        ?? TensorDigest.digest(
          elementType: tensor.source.elementType, shape: tensor.source.shape,
          leaves: leaves.map(\.source)),
      sourceFactors: sourceFactors,
      outcome: tensor.outcome, method: tensor.method, fellBackFrom: tensor.fellBackFrom,
      error: Manifest.Measure(sums.errors),
      objective: sums.objective.map {
        Manifest.Objective($0, isWeighted: tensor.importance == .weighted)
      })
  }
}

extension Manifest.Measure {
  /// The measures of a tensor from its sums.
  init(_ sums: ErrorSums) {
    let error = sums.sumOfSquaredError
    let reference = sums.sumOfSquaredReference
    maximum = sums.maximumAbsoluteError
    relativeRMSE = Manifest.relativeRMSE(error, of: reference)
    // Three decimals: more would show the last bit of this machine's logarithm.
    snrDecibel =
      error == 0 || reference == 0
      ? nil : (10 * log10(reference / error) * 1000).rounded() / 1000
  }
}

extension Converter {
  /// The manifest of the finished output.
  func manifest(files: [Manifest.File]) throws(ModelError) -> Manifest {
    var plugins: [Manifest.Plugin] = []
    let identities = Set(checkpoint.files.map(\.container) + [plan.container])
    for identity in identities.sorted(by: { $0.id < $1.id }) {
      plugins.append(
        Manifest.Plugin(
          id: identity.id, version: identity.version,
          sha256: try identity.libraryPath.map { path throws(ModelError) in
            try FileDigest.sha256(path: path)
          }))
    }
    return Manifest(
      programVersion: plan.job.programVersion, container: plan.container.id, plugins: plugins,
      recipeName: plan.job.recipeName, recipe: plan.job.recipe,
      importance: plan.importance.map { Manifest.Importance($0) }, nonfinite: plan.job.nonfinite,
      metadataEdits: plan.job.metadataEdits,
      sourceContainer: plan.job.sourceContainer, translation: plan.job.translation,
      sourceDigest: Manifest.sourceDigest(ofAll: files.flatMap(\.tensors)),
      files: files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
  }
}
