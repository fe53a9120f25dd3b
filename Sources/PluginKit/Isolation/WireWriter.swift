internal import Tensors

/// Builds a message of `WireFormat`.
struct WireWriter {
  /// The bytes so far.
  private(set) var bytes: [UInt8] = []

  /// Makes room for `byteCount` bytes, so that a large index is not copied while it grows.
  mutating func reserve(_ byteCount: Int) { bytes.reserveCapacity(byteCount) }

  /// Appends the record that says what comes next.
  mutating func appendStage(_ stage: WireFormat.Stage, plugin: Int) {
    record(.stage) { payload in
      payload.integer(UInt32(truncatingIfNeeded: plugin))
      payload.integer(stage.rawValue)
    }
  }

  /// Appends the record of a library that could be loaded.
  mutating func appendLoaded() { record(.loaded) { _ in } }

  /// Appends the record of an error; its file is left out, for the host knows it better.
  mutating func append(_ error: ModelError) {
    record(.failure) { payload in
      payload.text(error.code.rawValue)
      payload.text(error.reason)
      payload.text(error.message)
      payload.text(error.context.tensor ?? "")
      payload.integer(error.context.offset ?? UInt64.max)
    }
  }

  /// Appends the record of an opened file: the plugin, the number of tensors (8), for each name,
  /// element type (texts), flags (1), rank (4), extents (8 each), offset (8), byte count (8); the
  /// number of metadata entries (8), for each key, value kind (1) and value. An array is element
  /// kind (1), count (8) and elements.
  mutating func append(_ index: ContainerIndex, plugin: Int) {
    record(.opened) { payload in
      payload.integer(UInt32(truncatingIfNeeded: plugin))
      payload.integer(UInt64(index.tensors.count))
      for tensor in index.tensors { payload.append(tensor) }
      payload.integer(UInt64(index.metadata.count))
      for entry in index.metadata {
        payload.text(entry.key)
        payload.append(entry.value)
      }
    }
  }

  /// Appends the bytes every message begins with.
  mutating func appendMagic() { bytes += WireFormat.magic }

  private mutating func record(_ kind: WireFormat.Kind, _ body: (inout WireWriter) -> Void) {
    bytes.append(kind.rawValue)
    let lengthPosition = bytes.count
    integer(UInt64(0))
    body(&self)
    let length = UInt64(bytes.count - lengthPosition - 8)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: length, toByteOffset: lengthPosition, as: UInt64.self)
    }
  }

  private mutating func append(_ tensor: TensorInfo) {
    text(tensor.name)
    text(tensor.elementType.rawValue)
    integer(UInt8(tensor.isReadByPlugin ? 1 : 0))
    integer(UInt32(truncatingIfNeeded: tensor.shape.rank))
    for extent in tensor.shape.dimensions { integer(UInt64(extent)) }
    integer(UInt64(clamping: tensor.offset))
    integer(UInt64(clamping: tensor.byteCount))
  }

  private mutating func append(_ value: MetadataValue) {
    switch value {
    case .uint8(let v): scalar(.uint8, v)
    case .int8(let v): scalar(.int8, v)
    case .uint16(let v): scalar(.uint16, v)
    case .int16(let v): scalar(.int16, v)
    case .uint32(let v): scalar(.uint32, v)
    case .int32(let v): scalar(.int32, v)
    case .uint64(let v): scalar(.uint64, v)
    case .int64(let v): scalar(.int64, v)
    case .float32(let v): scalar(.float32, v.bitPattern)
    case .float64(let v): scalar(.float64, v.bitPattern)
    case .bool(let v): scalar(.bool, UInt8(v ? 1 : 0))
    case .string(let v):
      bytes.append(WireFormat.ValueKind.string.rawValue)
      text(v)
    case .array(let v):
      bytes.append(WireFormat.ValueKind.array.rawValue)
      append(v)
    }
  }

  private mutating func append(_ array: MetadataArray) {
    switch array {
    case .uint8(let a): elements(.uint8, a)
    case .int8(let a): elements(.int8, a)
    case .uint16(let a): elements(.uint16, a)
    case .int16(let a): elements(.int16, a)
    case .uint32(let a): elements(.uint32, a)
    case .int32(let a): elements(.int32, a)
    case .uint64(let a): elements(.uint64, a)
    case .int64(let a): elements(.int64, a)
    case .float32(let a): elements(.float32, a.map(\.bitPattern))
    case .float64(let a): elements(.float64, a.map(\.bitPattern))
    case .bool(let a): elements(.bool, a.map { UInt8($0 ? 1 : 0) })
    case .string(let a):
      bytes.append(WireFormat.ValueKind.string.rawValue)
      integer(UInt64(a.count))
      for element in a { text(element) }
    }
  }

  private mutating func scalar(_ kind: WireFormat.ValueKind, _ value: some FixedWidthInteger) {
    bytes.append(kind.rawValue)
    integer(value)
  }

  private mutating func elements<T: FixedWidthInteger>(
    _ kind: WireFormat.ValueKind, _ values: [T]
  ) {
    bytes.append(kind.rawValue)
    integer(UInt64(values.count))
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  private mutating func integer(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  private mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      integer(UInt32(truncatingIfNeeded: utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }
}
