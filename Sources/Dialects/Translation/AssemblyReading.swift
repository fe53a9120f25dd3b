internal import Tensors

/// One reading of a range of an assembled tensor.
struct AssemblyReading {
  private let tensor: AssembledTensor
  private let checkpoint: Checkpoint
  private let run = ScratchBytes()
  private let scratch = ScratchBytes()
  private let unit: Int

  /// Bytes that are read at once from a source where only parts of them are wanted.
  private static let spanByteCount = 1 << 20
  /// A page: to read less of it is not cheaper, whatever part of it is wanted.
  private static let smallByteCount = 4 << 10

  init(_ tensor: AssembledTensor, _ checkpoint: Checkpoint) {
    self.tensor = tensor
    self.checkpoint = checkpoint
    unit = tensor.unitByteCount
  }

  /// Fills `destination` with bytes from `offset`, which need not be where a unit begins.
  func read(
    offset: Int, into destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    guard !destination.isEmpty else { return }
    let end = offset + destination.count
    let first = (offset + unit - 1) / unit
    let last = end / unit
    guard first <= last else {
      return try readWithin(offset / unit, offset % unit, destination)
    }
    // The end of a unit, whole units, the beginning of a unit.
    let head = first * unit - offset
    let tail = last * unit - offset
    if head > 0 { try readWithin(first - 1, offset % unit, part(destination, 0..<head)) }
    if first < last { try units(first..<last, part(destination, head..<tail)) }
    if tail < destination.count {
      try readWithin(last, 0, part(destination, tail..<destination.count))
    }
  }

  private func part(
    _ buffer: UnsafeMutableRawBufferPointer, _ range: Range<Int>
  ) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: buffer[range])
  }

  private func readWithin(
    _ index: Int, _ skipped: Int, _ destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: unit, alignment: 16)
    defer { whole.deallocate() }
    try units(index..<index + 1, whole)
    destination.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: whole[skipped..<skipped + destination.count]))
  }

  private func units(
    _ range: Range<Int>, _ destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let assembly = tensor.assembly
    let cell = assembly.cellUnitCount
    var low = range.lowerBound
    while low < range.upperBound {
      let index = low / cell
      let wholeEnd = range.upperBound / cell
      let target = part(
        destination, (low - range.lowerBound) * unit..<destination.count)
      if low % cell == 0, index < wholeEnd {
        try cells(index..<wholeEnd, target)
        low = wholeEnd * cell
      } else {
        let end = min(range.upperBound, (index + 1) * cell)
        try within(index, low - index * cell..<end - index * cell, target)
        low = end
      }
    }
  }

  /// Whole cells: each part of them is one grid.
  private func cells(
    _ range: Range<Int>, _ destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let assembly = tensor.assembly
    let cell = assembly.cellUnitCount
    for box in GridRange.boxes(range, of: assembly.outer) {
      var cellIndex = 0
      for (bounds, extent) in zip(box, assembly.outer) {
        cellIndex = cellIndex * extent + bounds.lowerBound
      }
      var steps = [Int](repeating: cell, count: box.count)
      for index in box.indices.dropLast().reversed() {
        steps[index] = steps[index + 1] * assembly.outer[index + 1]
      }
      var start = (cellIndex - range.lowerBound) * cell
      for part in assembly.parts {
        var base = part.base
        var axes: [GridCopy.Axis] = []
        for (index, bounds) in box.enumerated() {
          base += bounds.lowerBound * part.outerStrides[index]
          axes.append(
            GridCopy.Axis(
              count: bounds.count, stride: part.outerStrides[index], step: steps[index]))
        }
        var step = part.unitCount
        for axis in part.axes {
          step /= max(axis.count, 1)
          axes.append(GridCopy.Axis(count: axis.count, stride: axis.stride, step: step))
        }
        try copy(
          GridCopy(base: base, axes: axes), of: part.source,
          UnsafeMutableRawBufferPointer(rebasing: destination[(start * unit)...]))
        start += part.unitCount
      }
    }
  }

  /// A run of units within one cell.
  private func within(
    _ cellIndex: Int, _ range: Range<Int>, _ destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let assembly = tensor.assembly
    var start = 0
    for part in assembly.parts {
      let count = part.unitCount
      let wanted = range.clamped(to: start..<start + count)
      if !wanted.isEmpty {
        var base = part.base
        var rest = cellIndex
        for (extent, stride) in zip(assembly.outer, part.outerStrides).reversed() {
          base += rest % extent * stride
          rest /= extent
        }
        let local = wanted.lowerBound - start..<wanted.upperBound - start
        try self.part(part, base, local, at: wanted.lowerBound - range.lowerBound, destination)
      }
      start += count
    }
  }

  private func part(
    _ part: Assembly.Part, _ base: Int, _ range: Range<Int>, at place: Int,
    _ destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    var done = place
    for box in GridRange.boxes(range, of: part.axes.map(\.count)) {
      var start = base
      var axes: [GridCopy.Axis] = []
      for (bounds, axis) in zip(box, part.axes) {
        start += bounds.lowerBound * axis.stride
        axes.append(GridCopy.Axis(count: bounds.count, stride: axis.stride, step: 0))
      }
      var step = 1
      for index in axes.indices.reversed() {
        axes[index].step = step
        step *= axes[index].count
      }
      try copy(
        GridCopy(base: start, axes: axes), of: part.source,
        UnsafeMutableRawBufferPointer(rebasing: destination[(done * unit)...]))
      done += step
    }
  }

  /// Reads the runs of the source that hold the grid, as long as they are worth it, and takes the
  /// wanted units out of each.
  private func copy(
    _ grid: GridCopy, of source: Int, _ destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let grid = grid.simplified
    let count = grid.unitCount
    guard count > 0 else { return }
    let from = tensor.sources[source]
    if case .stored = from, grid.isOneRun {
      return try from.load(
        from: grid.base, into: part(destination, 0..<count * unit), checkpoint, scratch)
    }
    let span = grid.span
    let isSmall = span * unit <= AssemblyReading.smallByteCount
    if isSmall || span * unit <= AssemblyReading.spanByteCount && count >= span / 4
      || count == 1
    {
      let bytes = run.bytes(span * unit)
      try from.load(from: grid.base, into: bytes, checkpoint, scratch)
      grid.gather(UnsafeRawBufferPointer(bytes), into: destination, unitByteCount: unit)
      return
    }
    for half in grid.halves {
      try copy(
        half.grid, of: source,
        UnsafeMutableRawBufferPointer(rebasing: destination[(half.offset * unit)...]))
    }
  }
}
