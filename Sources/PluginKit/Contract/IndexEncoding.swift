internal import CIngotPlugin
internal import Tensors

extension Arena {
  /// `index` as the structure of the C contract; every pointer in it lives as long as the arena.
  func encode(_ index: ContainerIndex) -> UnsafePointer<ingot_index> {
    let tensors = index.tensors.map(encode)
    let metadata = index.metadata.map(encode)
    let place = allocate(byteCount: MemoryLayout<ingot_index>.size)
      .bindMemory(to: ingot_index.self, capacity: 1)
    place.initialize(
      to: ingot_index(
        tensors: copy(tensors), tensor_count: UInt64(tensors.count),
        metadata: copy(metadata), metadata_count: UInt64(metadata.count)))
    return UnsafePointer(place)
  }

  private func encode(_ tensor: TensorInfo) -> ingot_tensor {
    ingot_tensor(
      name: copy(tensor.name),
      element_type: copy(tensor.elementType.rawValue),
      dimensions: copy(tensor.shape.dimensions.map { UInt64($0) }),
      rank: UInt32(clamping: tensor.shape.rank),
      flags: tensor.isReadByPlugin ? UInt32(INGOT_TENSOR_BY_READ) : 0,
      offset: UInt64(clamping: tensor.offset),
      byte_count: UInt64(clamping: tensor.byteCount))
  }

  private func encode(_ entry: MetadataEntry) -> ingot_metadata {
    var result = ingot_metadata()
    result.key = copy(entry.key)
    switch entry.value {
    case .uint8(let v): result.set(INGOT_U8, .init(u64: UInt64(v)))
    case .uint16(let v): result.set(INGOT_U16, .init(u64: UInt64(v)))
    case .uint32(let v): result.set(INGOT_U32, .init(u64: UInt64(v)))
    case .uint64(let v): result.set(INGOT_U64, .init(u64: v))
    case .int8(let v): result.set(INGOT_I8, .init(i64: Int64(v)))
    case .int16(let v): result.set(INGOT_I16, .init(i64: Int64(v)))
    case .int32(let v): result.set(INGOT_I32, .init(i64: Int64(v)))
    case .int64(let v): result.set(INGOT_I64, .init(i64: v))
    case .float32(let v): result.set(INGOT_F32, .init(f32: v))
    case .float64(let v): result.set(INGOT_F64, .init(f64: v))
    case .bool(let v): result.set(INGOT_BOOL, .init(u64: v ? 1 : 0))
    case .string(let v): result.set(INGOT_STRING, .init(string: copy(v)))
    case .array(let v): result.set(INGOT_ARRAY, .init(array: encode(v)))
    }
    return result
  }

  private func encode(_ array: MetadataArray) -> ingot_array {
    let (type, elements): (Int, UnsafeRawPointer?) =
      switch array {
      case .uint8(let a): (INGOT_U8, UnsafeRawPointer(copy(a)))
      case .int8(let a): (INGOT_I8, UnsafeRawPointer(copy(a)))
      case .uint16(let a): (INGOT_U16, UnsafeRawPointer(copy(a)))
      case .int16(let a): (INGOT_I16, UnsafeRawPointer(copy(a)))
      case .uint32(let a): (INGOT_U32, UnsafeRawPointer(copy(a)))
      case .int32(let a): (INGOT_I32, UnsafeRawPointer(copy(a)))
      case .uint64(let a): (INGOT_U64, UnsafeRawPointer(copy(a)))
      case .int64(let a): (INGOT_I64, UnsafeRawPointer(copy(a)))
      case .float32(let a): (INGOT_F32, UnsafeRawPointer(copy(a)))
      case .float64(let a): (INGOT_F64, UnsafeRawPointer(copy(a)))
      case .bool(let a): (INGOT_BOOL, UnsafeRawPointer(copy(a.map { $0 ? UInt8(1) : 0 })))
      case .string(let a): (INGOT_STRING, UnsafeRawPointer(copy(a.map { copy($0) })))
      }
    return ingot_array(
      element_type: UInt32(type), reserved: 0, count: UInt64(array.count), elements: elements)
  }
}

extension ingot_metadata {
  fileprivate mutating func set(_ type: Int, _ value: ingot_metadata.__Unnamed_union_value) {
    self.type = UInt32(type)
    self.value = value
  }
}
