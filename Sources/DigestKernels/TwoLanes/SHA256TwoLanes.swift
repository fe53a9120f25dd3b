#if arch(x86_64)
  import _Builtin_intrinsics.intel

  private typealias Words = SIMD4<UInt32>

  @inline(__always)
  private func bits(_ words: Words) -> SIMD2<Int64> { unsafeBitCast(words, to: SIMD2<Int64>.self) }

  @inline(__always)
  private func words(_ bits: SIMD2<Int64>) -> Words { unsafeBitCast(bits, to: Words.self) }

  /// Four rounds of one lane.
  @inline(__always)
  private func fourRounds(_ abef: inout Words, _ cdgh: inout Words, _ message: Words, _ k: Words) {
    let sum = message &+ k
    cdgh = words(_mm_sha256rnds2_epu32(bits(cdgh), bits(abef), bits(sum)))
    let high = Words(sum.z, sum.w, sum.z, sum.w)
    abef = words(_mm_sha256rnds2_epu32(bits(abef), bits(cdgh), bits(high)))
  }

  /// The four message words that follow m0...m3.
  @inline(__always)
  private func nextWords(_ m0: Words, _ m1: Words, _ m2: Words, _ m3: Words) -> Words {
    let shifted = Words(m2.y, m2.z, m2.w, m3.x)
    let partial = words(_mm_sha256msg1_epu32(bits(m0), bits(m1))) &+ shifted
    return words(_mm_sha256msg2_epu32(bits(partial), bits(m3)))
  }

  @inline(__always)
  private func load(_ p: UnsafeRawPointer, _ offset: Int) -> Words {
    let raw = p.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    let order = SIMD16<UInt8>(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
    return words(
      _mm_shuffle_epi8(
        unsafeBitCast(raw, to: SIMD2<Int64>.self), unsafeBitCast(order, to: SIMD2<Int64>.self)))
  }

  /// Compresses `blockCount` blocks of 64 bytes of two messages at once (FIPS 180-4, §6.2.2).
  ///
  /// One message leaves the SHA unit idle half the time, because a round waits for the one before
  /// it; two independent messages fill the gap, at nearly twice the rate. `k` holds the 64 round
  /// constants. Call it only on a CPU with the SHA extensions. Never inlined: a caller is built
  /// without them.
  @inline(never)
  public func compressTwoLanes(
    _ stateA: UnsafeMutablePointer<SIMD8<UInt32>>, _ a: UnsafeRawPointer,
    _ stateB: UnsafeMutablePointer<SIMD8<UInt32>>, _ b: UnsafeRawPointer, _ blockCount: Int,
    _ k: UnsafePointer<SIMD4<UInt32>>
  ) {
    let sa = stateA.pointee
    let sb = stateB.pointee
    var abefA = Words(sa[5], sa[4], sa[1], sa[0])
    var cdghA = Words(sa[7], sa[6], sa[3], sa[2])
    var abefB = Words(sb[5], sb[4], sb[1], sb[0])
    var cdghB = Words(sb[7], sb[6], sb[3], sb[2])
    var pa = a
    var pb = b
    for _ in 0..<blockCount {
      let saveA0 = abefA
      let saveA1 = cdghA
      let saveB0 = abefB
      let saveB1 = cdghB
      var a0 = load(pa, 0)
      var b0 = load(pb, 0)
      var a1 = load(pa, 16)
      var b1 = load(pb, 16)
      var a2 = load(pa, 32)
      var b2 = load(pb, 32)
      var a3 = load(pa, 48)
      var b3 = load(pb, 48)
      var kk = k
      for _ in 0..<3 {
        fourRounds(&abefA, &cdghA, a0, kk[0])
        fourRounds(&abefB, &cdghB, b0, kk[0])
        a0 = nextWords(a0, a1, a2, a3)
        b0 = nextWords(b0, b1, b2, b3)
        fourRounds(&abefA, &cdghA, a1, kk[1])
        fourRounds(&abefB, &cdghB, b1, kk[1])
        a1 = nextWords(a1, a2, a3, a0)
        b1 = nextWords(b1, b2, b3, b0)
        fourRounds(&abefA, &cdghA, a2, kk[2])
        fourRounds(&abefB, &cdghB, b2, kk[2])
        a2 = nextWords(a2, a3, a0, a1)
        b2 = nextWords(b2, b3, b0, b1)
        fourRounds(&abefA, &cdghA, a3, kk[3])
        fourRounds(&abefB, &cdghB, b3, kk[3])
        a3 = nextWords(a3, a0, a1, a2)
        b3 = nextWords(b3, b0, b1, b2)
        kk += 4
      }
      fourRounds(&abefA, &cdghA, a0, kk[0])
      fourRounds(&abefB, &cdghB, b0, kk[0])
      fourRounds(&abefA, &cdghA, a1, kk[1])
      fourRounds(&abefB, &cdghB, b1, kk[1])
      fourRounds(&abefA, &cdghA, a2, kk[2])
      fourRounds(&abefB, &cdghB, b2, kk[2])
      fourRounds(&abefA, &cdghA, a3, kk[3])
      fourRounds(&abefB, &cdghB, b3, kk[3])
      abefA = abefA &+ saveA0
      cdghA = cdghA &+ saveA1
      abefB = abefB &+ saveB0
      cdghB = cdghB &+ saveB1
      pa += 64
      pb += 64
    }
    stateA.pointee = SIMD8(abefA.w, abefA.z, cdghA.w, cdghA.z, abefA.y, abefA.x, cdghA.y, cdghA.x)
    stateB.pointee = SIMD8(abefB.w, abefB.z, cdghB.w, cdghB.z, abefB.y, abefB.x, cdghB.y, cdghB.x)
  }
#endif
