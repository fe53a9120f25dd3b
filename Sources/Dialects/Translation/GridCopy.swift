/// Units of a source on a grid, and where they go.
struct GridCopy {
  /// One axis.
  struct Axis {
    var count: Int
    /// Units of the source from one to the next.
    var stride: Int
    /// Units of the destination from one to the next.
    var step: Int
  }

  /// The first unit of the source.
  var base: Int
  /// Slowest first.
  var axes: [Axis]

  /// Units in all.
  var unitCount: Int { axes.reduce(1) { $0 * $1.count } }
  /// Units of the source from the first to the last.
  var span: Int { axes.reduce(1) { $0 + ($1.count - 1) * $1.stride } }
  /// Whether source and destination both run on.
  var isOneRun: Bool {
    axes.isEmpty || axes.count == 1 && axes[0].stride == 1 && axes[0].step == 1
  }

  /// The same without axes of one, neighbours joined where both sides run on.
  var simplified: GridCopy {
    var result = GridCopy(base: base, axes: [])
    for axis in axes where axis.count != 1 {
      if let last = result.axes.last, last.stride == axis.stride * axis.count,
        last.step == axis.step * axis.count
      {
        result.axes[result.axes.count - 1] = Axis(
          count: last.count * axis.count, stride: axis.stride, step: axis.step)
      } else {
        result.axes.append(axis)
      }
    }
    return result
  }

  /// Two grids, cut across the axis with the longest way in the source; `offset` is where each begins
  /// in the destination.
  var halves: [(grid: GridCopy, offset: Int)] {
    guard
      let index = axes.indices.filter({ axes[$0].count > 1 }).max(by: {
        axes[$0].stride < axes[$1].stride
      })
    else { return [(self, 0)] }
    var first = self
    var second = self
    let count = axes[index].count / 2
    first.axes[index].count = count
    second.axes[index].count = axes[index].count - count
    second.base += count * axes[index].stride
    return [(first, 0), (second, count * axes[index].step)]
  }

  /// Takes the units out of `span`, which begins with the first one.
  func gather(
    _ span: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer,
    unitByteCount: Int
  ) {
    guard let source = span.baseAddress, let target = destination.baseAddress else { return }
    gather(source, target, 0, unitByteCount)
  }

  private func gather(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ depth: Int, _ unit: Int
  ) {
    guard depth < axes.count else {
      target.copyMemory(from: source, byteCount: unit)
      return
    }
    let axis = axes[depth]
    guard depth == axes.count - 1 else {
      for index in 0..<axis.count {
        gather(
          source + index * axis.stride * unit, target + index * axis.step * unit, depth + 1, unit)
      }
      return
    }
    if axis.stride == 1, axis.step == 1 {
      target.copyMemory(from: source, byteCount: axis.count * unit)
      return
    }
    switch unit {
    case 2: move(UInt16.self, source, target, axis)
    case 4: move(UInt32.self, source, target, axis)
    default:
      for index in 0..<axis.count {
        (target + index * axis.step * unit).copyMemory(
          from: source + index * axis.stride * unit, byteCount: unit)
      }
    }
  }

  private func move<Unit: BitwiseCopyable>(
    _: Unit.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ axis: Axis
  ) {
    let size = MemoryLayout<Unit>.size
    for index in 0..<axis.count {
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: index * axis.stride * size, as: Unit.self),
        toByteOffset: index * axis.step * size, as: Unit.self)
    }
  }
}
