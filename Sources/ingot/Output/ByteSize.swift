internal import ArgumentParser

/// A number of bytes as people write it: `200M`, `4.2GB`, `1GiB`, `65536`. K, M, G, T count by 1000;
/// Ki, Mi, Gi, Ti by 1024.
struct ByteSize: ExpressibleByArgument {
  let byteCount: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber || $0 == "." }
    var unit = argument.dropFirst(digits.count).uppercased()
    if unit.hasSuffix("B") { unit.removeLast() }
    let scales = [
      "": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "KI": 1024, "MI": 1_048_576,
      "GI": 1_073_741_824, "TI": 1_099_511_627_776,
    ]
    guard let number = Double(digits), let scale = scales[unit],
      let bytes = Int(exactly: (number * scale).rounded(.down)), bytes >= 0
    else { return nil }
    byteCount = bytes
  }

  /// `bytes` with three digits and a decimal unit: `98.4 MB`.
  static func text(_ bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB", "GB"] {
      if value < 1000 {
        return unit == "B" ? "\(bytes) B" : decimal(value, value < 100 ? 1 : 0) + " " + unit
      }
      value /= 1000
    }
    return decimal(value, 1) + " TB"
  }
}

/// `value` with `places` decimals, rounded to nearest; without Foundation's formatters, which cost
/// every start of the program some milliseconds.
func decimal(_ value: Double, _ places: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = (abs(value) * scale).rounded()
  let digits = String(Int(scaled))
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let sign = value < 0 && scaled > 0 ? "-" : ""
  if places == 0 { return sign + padded }
  return sign + padded.dropLast(places) + "." + padded.suffix(places)
}
