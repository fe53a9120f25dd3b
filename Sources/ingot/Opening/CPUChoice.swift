internal import Encodings
internal import Tensors

/// The kernels that `INGOT_CPU` asks for.
enum CPUChoice {
  /// Throws `invalidArgument` (`cpu-level`) if the level has no name or this processor lacks it: a
  /// request that cannot be met must not end as another one.
  static func check() throws(ModelError) {
    if case .failure(let error) = CPULevel.requested {
      throw ModelError(.invalidArgument, "cpu-level", "INGOT_CPU: \(error)")
    }
  }
}
