/// The name of one file of a sharded checkpoint: `<stem>-00001-of-00003.<extension>`.
///
/// Written so by transformers, safetensors and llama.cpp's `gguf-split`; numbers begin with 1 and
/// have five digits.
struct ShardName: Equatable {
  /// Everything before the numbers.
  var stem: String
  /// Which shard, from 1.
  var number: Int
  /// How many shards there are, at least 1.
  var count: Int
  /// The extension with its dot.
  var ending: String

  /// Parses a file name; nil if it is not the name of a shard, or its numbers make no sense.
  init?(_ name: String) {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let base = name[..<dot]
    // "-00001-of-00003" is 15 bytes of ASCII.
    let tail = Array(base.utf8.suffix(15))
    guard tail.count == 15, base.utf8.count > 15, tail[0] == UInt8(ascii: "-"),
      tail[6...9].elementsEqual("-of-".utf8), let number = ShardName.number(tail[1...5]),
      let count = ShardName.number(tail[10...14]), number >= 1, number <= count
    else { return nil }
    stem = String(base.dropLast(15))
    self.number = number
    self.count = count
    ending = String(name[dot...])
  }

  /// The file name of shard `number` of the same set.
  func name(of number: Int) -> String {
    "\(stem)-\(ShardName.fiveDigits(number))-of-\(ShardName.fiveDigits(count))\(ending)"
  }

  /// All file names of the set, in order.
  var allNames: [String] { (1...count).map(name(of:)) }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return value
  }

  private static func fiveDigits(_ value: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, 5 - text.utf8.count)) + text
  }
}
