internal import Tensors

/// What the user asked for, besides the recipe.
public struct ConversionOptions: Sendable {
  /// Worker threads; at least 1.
  public var threadCount: Int
  /// Peak memory allowed, in bytes; nil for no bound of the user's.
  public var maximumMemory: Int?
  /// Disk allowed for the output, in bytes; nil for no bound of the user's.
  public var maximumDisk: Int?
  /// What is done with NaN and infinities.
  public var nonfinite: NonfinitePolicy
  /// Whether packed numbers may be quantized again.
  public var allowsRequantize: Bool
  /// Refuse fallbacks and requantized packed tensors whatever else is allowed.
  public var isStrict: Bool
  /// Whether companions are copied beside the weights.
  public var copiesCompanions: Bool
  /// How many files the output has; nil for one.
  public var splitting: Splitting?
  /// Changes of the output's metadata, applied in turn after everything else.
  public var metadataEdits: [MetadataEdit]
  /// How the checkpoint was translated before; nil if it was not.
  public var translation: Manifest.Translation?

  /// Creates options.
  public init(
    threadCount: Int = 1, maximumMemory: Int? = nil, maximumDisk: Int? = nil,
    nonfinite: NonfinitePolicy = .refuse, allowsRequantize: Bool = false, isStrict: Bool = false,
    copiesCompanions: Bool = true, splitting: Splitting? = nil,
    metadataEdits: [MetadataEdit] = [], translation: Manifest.Translation? = nil
  ) {
    self.threadCount = threadCount
    self.maximumMemory = maximumMemory
    self.maximumDisk = maximumDisk
    self.nonfinite = nonfinite
    self.allowsRequantize = allowsRequantize
    self.isStrict = isStrict
    self.copiesCompanions = copiesCompanions
    self.splitting = splitting
    self.metadataEdits = metadataEdits
    self.translation = translation
  }
}
