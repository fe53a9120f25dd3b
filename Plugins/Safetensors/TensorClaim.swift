import Tensors

/// What the header says of one tensor; type, shape and offsets agree with each other.
struct TensorClaim {
  /// The name.
  let name: String
  /// The element type, one of safetensors'.
  let elementType: ElementType
  /// The extents, slowest first.
  let shape: Shape
  /// Bytes from the start of the data to the first byte.
  let begin: Int
  /// Bytes from the start of the data to the byte after the last one.
  let end: Int
  /// Bytes from the start of the file to the entry's opening brace, for messages.
  let headerOffset: Int

  /// Parses the object that follows a tensor's name. Unknown fields are skipped, as the reference
  /// reader does; known ones appear once.
  init(name: String, _ scanner: inout JSONScanner, limits: Limits) throws(ModelError) {
    guard try scanner.peek() == .object else {
      throw ModelError(
        .malformed, "tensor-not-an-object", "the entry is no JSON object",
        offset: UInt64(scanner.offset))
    }
    let headerOffset = scanner.offset
    var elementType: ElementType?
    var shape: Shape?
    var offsets: (begin: Int, end: Int)?
    try scanner.beginObject()
    while let field = try scanner.nextKey() {
      let isRepeated =
        switch field {
        case "dtype": elementType != nil
        case "shape": shape != nil
        case "data_offsets": offsets != nil
        default: false
        }
      guard !isRepeated else {
        throw ModelError(
          .malformed, "duplicate-field", "\(field) appears twice", offset: UInt64(scanner.offset))
      }
      switch field {
      case "dtype": elementType = try Self.elementType(&scanner)
      case "shape": shape = try Self.shape(&scanner, maximumRank: limits.rank)
      case "data_offsets": offsets = try Self.offsets(&scanner)
      default: try scanner.skipValue()
      }
    }
    guard let elementType else { throw Self.missing("dtype", headerOffset) }
    guard let shape else { throw Self.missing("shape", headerOffset) }
    guard let offsets else { throw Self.missing("data_offsets", headerOffset) }
    let byteCount: Int
    do throws(ModelError) {
      byteCount = try elementType.byteCount(of: shape)
    } catch {
      throw error.at(offset: UInt64(headerOffset))
    }
    guard offsets.end - offsets.begin == byteCount else {
      throw ModelError(
        .malformed, "size-mismatch",
        "\(elementType.rawValue) \(shape) takes \(byteCount) bytes; the offsets span "
          + "\(offsets.end - offsets.begin)", offset: UInt64(headerOffset))
    }
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.begin = offsets.begin
    self.end = offsets.end
    self.headerOffset = headerOffset
  }

  private static func elementType(_ scanner: inout JSONScanner) throws(ModelError) -> ElementType {
    guard try scanner.peek() == .string else {
      throw ModelError(
        .malformed, "dtype-not-a-string", "dtype is no string", offset: UInt64(scanner.offset))
    }
    let offset = UInt64(scanner.offset)
    let text = try scanner.string()
    guard let type = ElementType.safetensors[text] else {
      let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(40)))
      throw ModelError(
        .malformed, "dtype-unknown", "\"\(start)\" is no element type of safetensors 0.8",
        offset: offset)
    }
    return type
  }

  private static func shape(
    _ scanner: inout JSONScanner, maximumRank: Int
  ) throws(ModelError) -> Shape {
    let offset = UInt64(scanner.offset)
    guard try scanner.peek() == .array else {
      throw ModelError(
        .malformed, "shape-not-an-array", "shape is no JSON array", offset: offset)
    }
    var dimensions: [Int] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      guard dimensions.count < maximumRank else {
        throw ModelError(
          .limitExceeded, "rank-over-limit", "the limit is \(maximumRank) dimensions",
          offset: UInt64(scanner.offset))
      }
      dimensions.append(try scanner.nonNegativeInteger())
    }
    do throws(ModelError) {
      return try Shape(dimensions)
    } catch {
      throw error.at(offset: offset)
    }
  }

  private static func offsets(
    _ scanner: inout JSONScanner
  ) throws(ModelError) -> (begin: Int, end: Int) {
    let offset = UInt64(scanner.offset)
    let notAPair = ModelError(
      .malformed, "offsets-not-a-pair", "data_offsets is no array of two numbers", offset: offset)
    guard try scanner.peek() == .array else { throw notAPair }
    try scanner.beginArray()
    guard try scanner.nextElement() else { throw notAPair }
    let begin = try scanner.nonNegativeInteger()
    guard try scanner.nextElement() else { throw notAPair }
    let end = try scanner.nonNegativeInteger()
    guard try !scanner.nextElement() else { throw notAPair }
    guard begin <= end else {
      throw ModelError(
        .malformed, "offsets-reversed", "the data begins at \(begin) and ends at \(end)",
        offset: offset)
    }
    return (begin, end)
  }

  private static func missing(_ field: String, _ offset: Int) -> ModelError {
    let reason = field == "data_offsets" ? "data-offsets-missing" : "\(field)-missing"
    return ModelError(
      .malformed, reason, "the entry has no \(field)", offset: UInt64(offset))
  }
}

extension ElementType {
  /// The element types of safetensors 0.8 by name.
  static let safetensors = Dictionary(
    uniqueKeysWithValues: [
      Self.BOOL, .F4, .F6_E2M3, .F6_E3M2, .U8, .I8, .F8_E5M2, .F8_E4M3, .F8_E8M0, .F8_E4M3FNUZ,
      .F8_E5M2FNUZ, .I16, .U16, .F16, .BF16, .I32, .U32, .F32, .C64, .F64, .I64, .U64,
    ].map { ($0.rawValue, $0) })
}
