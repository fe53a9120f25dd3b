public import Dialects
public import Tensors

/// One output tensor, decided before a weight is read.
public struct PlannedTensor: Sendable, Equatable {
  /// The name in the output.
  public var name: String
  /// Where the numbers come from.
  public var source: TensorInfo
  /// The encoding in the output.
  public var elementType: ElementType
  /// The method that chooses the numbers; nil for `exact` and `repacked`.
  public var method: String?
  /// What happens to the numbers.
  public var outcome: Outcome
  /// Bytes from the start of the output file.
  public var offset: Int
  /// Bytes in the output.
  public var byteCount: Int
  /// The rule that decided, for people: `Q8_0 rule 3`.
  public var rule: String
  /// The encoding that the recipe wanted, where its fallback was taken.
  public var fellBackFrom: ElementType?
  /// Whether the job's importance matrix decides the numbers.
  public var importance = ImportanceUse.none
  /// Why the recipe's encoding did not fit, where its fallback was taken.
  public var fallbackReason: String?
  /// The factors of the source's numbers, where it is NVFP4 and has any.
  public var sourceFactors: TensorInfo?
  /// The shape of the factors that this tensor holds, those of `source` in NVFP4; nil for a tensor
  /// that holds the source's numbers.
  public var factorShape: Shape?

  /// The shape in the output.
  public var shape: Shape { factorShape ?? source.shape }

  /// Bytes of the source that are read for it; those of factors are counted with the numbers.
  public var sourceByteCount: Int { factorShape == nil ? source.byteCount : 0 }

  /// Leaves of the tensor: 2^18 elements each, except the last.
  var leafCount: Int {
    (shape.elementCount + leafElementCount - 1) / leafElementCount
  }
}

/// One output file, decided before a weight is read.
public struct PlannedFile: Sendable {
  /// The file's name in the output folder.
  public var name: String
  /// Bytes in all.
  public var byteCount: Int
  /// Everything besides tensor data.
  public var segments: [ContainerLayout.Segment]
  /// The tensors, in file order.
  public var tensors: [PlannedTensor]

  /// Bytes of everything besides tensor data.
  var segmentByteCount: Int { segments.reduce(0) { $0 + $1.bytes.count } }
}

/// A recipe applied to one checkpoint: every output tensor, its encoding, byte range and cost.
public struct Plan: Sendable {
  /// The output files.
  public var files: [PlannedFile]
  /// Who writes the output.
  public var container: ContainerIdentity
  /// What was decided for the whole job.
  public var job: Job
  /// Files that go beside the weights: copied from the source's folder, or made.
  public var companions: [String]
  /// What the run will need.
  public var resources: Resources
  /// Tensors of the source that are not in the output: factors that its numbers have taken in.
  public var takenIn: [TensorInfo] = []
  /// The weights of columns, where the job has an importance matrix.
  public var importance: ImportanceMatrix?
  /// Why the plan can be looked at only; a conversion by it throws this. Nil if it can be run.
  public var refusal: ModelError?

  /// What the run will need.
  public struct Resources: Sendable, Equatable {
    /// Worker threads.
    public var threadCount: Int
    /// Leaves that one unit of work covers.
    public var leavesPerUnit: Int
    /// Output buffers in flight.
    public var bufferCount: Int
    /// Peak memory, in bytes, the program itself included.
    public var memoryByteCount: Int
    /// Disk for the output, in bytes.
    public var diskByteCount: Int
  }

  /// Everything of the job that can change the output's bytes, for journals and manifests.
  public struct Job: Sendable {
    /// The recipe's name.
    public var recipeName: String
    /// The resolved recipe in canonical form.
    public var recipe: JSONValue
    /// What is done with NaN and infinities.
    public var nonfinite: NonfinitePolicy
    /// Changes of the metadata, each key once, with exact types.
    public var metadataEdits: [MetadataEdit]
    /// The program's version.
    public var programVersion: String
    /// The source's container, such as `safetensors`.
    public var sourceContainer: String
    /// How the source was translated; nil if its tensors are taken as they are.
    public var translation: Manifest.Translation?
  }

  /// All output tensors, in file order.
  public var tensors: [PlannedTensor] { files.flatMap(\.tensors) }
  /// Bytes of tensor data in the source.
  public var sourceByteCount: Int { tensors.reduce(0) { $0 + $1.sourceByteCount } }
  /// Bytes of tensor data in the output.
  public var outputByteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
  /// Elements in all.
  public var elementCount: Int {
    tensors.reduce(0) { $0 + ($1.factorShape == nil ? $1.shape.elementCount : 0) }
  }
  /// Bits per element of the output's tensor data.
  public var bitsPerElement: Double {
    elementCount == 0 ? 0 : Double(outputByteCount) * 8 / Double(elementCount)
  }
  /// Tensors for which the recipe's fallback was taken.
  public var fallbackCount: Int { tensors.count { $0.fellBackFrom != nil } }
  /// Tensors whose numbers the importance matrix would decide if it had weights for them.
  public var tensorsWithoutWeights: [PlannedTensor] { tensors.filter { $0.importance == .missing } }
}

/// What is done with NaN and infinities in a source that a quantizer cannot represent.
public enum NonfinitePolicy: String, Sendable, CaseIterable {
  /// The conversion stops and names tensor, index and count.
  case refuse
  /// They become 0.
  case zero
  /// NaN becomes 0, infinities the largest finite number of the target.
  case clamp
}
