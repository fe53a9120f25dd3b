public import Recipes
public import Tensors

/// A recipe that was chosen for a size, and what it was chosen by.
public struct SizedRecipe: Sendable {
  /// The recipe; it names every tensor that it does not keep.
  public var recipe: Recipe
  /// The tensors, in the checkpoint's order.
  public var tensors: [Tensor]
  /// Σ over the tensors of elements × squared relative error, which was made small.
  public var harm: Double
  /// The method that was asked for; if it is for no type that was chosen, `recipe` does not name it.
  public var wantedMethod: String

  /// One tensor and the types that it could have.
  public struct Tensor: Sendable, Equatable {
    /// The tensor in the source.
    public var source: TensorInfo
    /// The types; one if recipe, command line or source leave no choice.
    public var candidates: [Candidate]
    /// The index of the chosen one.
    public var choice: Int
    /// The method that will choose its numbers; nil where they stay the same.
    public var method: String?

    /// The chosen type.
    public var chosen: Candidate { candidates[choice] }
  }

  /// One type, measured.
  public struct Candidate: Sendable, Equatable {
    /// The type.
    public var elementType: ElementType
    /// Bytes of the tensor, and of the factors that it needs besides.
    public var byteCount: Int
    /// Σ w·(decoded − source)² / Σ w·source² over the sampled rows, w being the importance of the
    /// column, or 1; 0 where the numbers stay the same.
    public var relativeSquaredError: Double
  }
}
