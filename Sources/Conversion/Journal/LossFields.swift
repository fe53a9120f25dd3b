internal import Encodings

/// What a leaf lost, as fields of a journal's line: four for the error, and two or three more if there
/// is an objective, the last one if it was compared with nearest.
///
/// Numbers are bit patterns: a decimal form could round.
enum LossFields {
  static func written(_ loss: EncodingLoss) -> [String] {
    var fields = [
      bits(loss.errors.sumOfSquaredError), bits(loss.errors.sumOfSquaredReference),
      bits(loss.errors.maximumAbsoluteError), String(loss.errors.elementCount),
    ]
    guard let objective = loss.objective else { return fields }
    fields += [bits(objective.weightedError), bits(objective.weightedSquare)]
    if let nearest = objective.nearestWeightedError { fields.append(bits(nearest)) }
    return fields
  }

  /// Nil for fields that were not written so.
  static func read(_ fields: ArraySlice<String>) -> EncodingLoss? {
    let fields = Array(fields)
    guard [4, 6, 7].contains(fields.count), let count = Int(fields[3]) else { return nil }
    let numbers = (fields[..<3] + fields[4...]).map(number)
    guard let squaredError = numbers[0], let squaredReference = numbers[1],
      let maximum = numbers[2]
    else { return nil }
    var loss = EncodingLoss(
      errors: ErrorSums(
        sumOfSquaredError: squaredError, sumOfSquaredReference: squaredReference,
        maximumAbsoluteError: maximum, elementCount: count))
    guard numbers.count > 3 else { return loss }
    guard let error = numbers[3], let square = numbers[4] else { return nil }
    var objective = Objective(weightedError: error, weightedSquare: square)
    if numbers.count > 5 {
      guard let nearest = numbers[5] else { return nil }
      objective.nearestWeightedError = nearest
    }
    loss.objective = objective
    return loss
  }

  private static func bits(_ number: Double) -> String { String(number.bitPattern, radix: 16) }

  private static func number(_ field: String) -> Double? {
    UInt64(field, radix: 16).map { Double(bitPattern: $0) }
  }
}
