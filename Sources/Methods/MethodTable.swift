/// Every method that Ingot knows, by name.
public enum MethodTable {
  /// All of them.
  public static let all: [any Method.Type] = [Nearest.self, Search.self, FourOverSix.self]

  /// The method with exactly this name, or nil.
  public static func named(_ name: String) -> (any Method.Type)? {
    all.first { $0.name == name }
  }
}
