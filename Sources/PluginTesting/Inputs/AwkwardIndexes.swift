internal import Tensors

/// Indexes that try a format's edges. A format holds each of them exactly, or refuses it with
/// `invalidArgument`; there is nothing in between.
enum AwkwardIndexes {
  /// All of them, each with a name for messages.
  static func all() throws(ModelError) -> [(name: String, index: ContainerIndex)] {
    var result: [(name: String, index: ContainerIndex)] = [
      ("nothing at all", ContainerIndex(tensors: [], metadata: []))
    ]
    for (name, dimensions) in shapes {
      result.append(("the shape \(name)", try index("weight", .F32, dimensions)))
    }
    for (description, name) in names {
      result.append(("a tensor named \(description)", try index(name, .F32, [2])))
      let entry = MetadataEntry(name, .string("value"))
      result.append(
        ("a metadata key of \(description)", ContainerIndex(tensors: [], metadata: [entry])))
    }
    for type in ElementType.allCases {
      result.append(
        (
          "the element type \(type.rawValue)",
          try index("weight", type, [3, type.blockElementCount])
        )
      )
    }
    for (description, value) in values {
      result.append(
        (
          "a metadata value of \(description)",
          ContainerIndex(tensors: [], metadata: [MetadataEntry("test.key", value)])
        ))
    }
    var twice = try index("weight", .F32, [2])
    twice.tensors.append(twice.tensors[0])
    result.append(("two tensors of one name", twice))
    let entry = MetadataEntry("test.key", .string("value"))
    result.append(("two values of one key", ContainerIndex(tensors: [], metadata: [entry, entry])))
    var many = ContainerIndex(tensors: [], metadata: [])
    for number in 0..<300 {
      // From last to first, and with empty ones between: order is kept, not made.
      many.tensors += try index("block.\(299 - number)", .F16, [number % 5, 3]).tensors
    }
    result.append(("300 tensors, some empty, in no sorted order", many))
    return result
  }

  private static func index(_ name: String, _ type: ElementType, _ dimensions: [Int])
    throws(ModelError) -> ContainerIndex
  {
    let shape = try Shape(dimensions)
    let tensor = TensorInfo(
      name: name, elementType: type, shape: shape, offset: 0,
      byteCount: try type.byteCount(of: shape))
    return ContainerIndex(tensors: [tensor], metadata: [])
  }

  private static let shapes: [(String, [Int])] = [
    ("of a scalar", []), ("of nothing", [0]), ("of no rows", [0, 4]), ("of empty rows", [4, 0]),
    ("with ones around it", [1, 5, 1]), ("of rank 4", [2, 3, 4, 5]),
    ("of rank 5", [1, 2, 1, 2, 3]),
    ("of rank 64", Array(repeating: 1, count: 64)), ("with 2^31 elements", [1 << 31]),
    ("with 2^40 elements", [1 << 20, 1 << 20]),
  ]

  private static let names: [(String, String)] = [
    ("nothing", ""), ("a space", " "), ("a dot", "."), ("two dots and a slash", "../weight"),
    ("a quote and a backslash", "a\"b\\c"), ("a line break", "a\nb"), ("a NUL", "a\u{0}b"),
    ("an umlaut", "ü"), ("four bytes of UTF-8", "😀"), ("a reserved word", "__metadata__"),
    ("63 bytes", String(repeating: "n", count: 63)),
    ("64 bytes", String(repeating: "n", count: 64)),
    ("1000 bytes", String(repeating: "n", count: 1000)),
    ("70000 bytes", String(repeating: "n", count: 70_000)),
  ]

  private static let values: [(String, MetadataValue)] = [
    ("type u8", .uint8(.max)), ("type i8", .int8(.min)), ("type u16", .uint16(.max)),
    ("type i16", .int16(.min)), ("type u32", .uint32(.max)), ("type i32", .int32(.min)),
    ("type u64", .uint64(.max)), ("type i64", .int64(.min)), ("type f32", .float32(-0.0)),
    ("infinite f64", .float64(.infinity)), ("type bool", .bool(true)),
    ("an empty text", .string("")),
    ("a text with controls", .string("\u{0}\u{1}\n\t\"\\\u{2028}")),
    ("a text of 100000 bytes", .string(String(repeating: "x", count: 100_000))),
    ("an empty array", .array(.uint32([]))), ("an array of u8", .array(.uint8([0, 255]))),
    ("an array of i16", .array(.int16([-1, 1]))), ("an array of f32", .array(.float32([0.5]))),
    ("an array of f64", .array(.float64([0.1]))),
    ("an array of bool", .array(.bool([true, false]))),
    ("an array of u64", .array(.uint64([.max]))),
    ("an array of texts", .array(.string(["", "a"]))),
  ]
}
