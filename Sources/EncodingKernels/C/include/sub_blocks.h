/// One-liners for kernels that search scales: a vector has one lane for each of eight sub-blocks,
/// so that every lane adds in the order of the reference.

#ifndef INGOT_SUB_BLOCKS_H
#define INGOT_SUB_BLOCKS_H

#include "batches.h"

/// Eight rows of eight floats, `stride` bytes apart, to eight vectors, one for a column.
INGOT_VECTOR void ingot_transpose(
    const void *_Nonnull rows, int64_t stride, void *_Nonnull columns) {
  const char *row = (const char *)rows;
  ingot_f32x8 r[8], s[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) r[i] = ingot_load_f32x8(row + i * stride);
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 4) {
    r[i] = __builtin_shufflevector(s[i], s[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 1] = __builtin_shufflevector(s[i], s[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    r[i + 2] = __builtin_shufflevector(s[i + 1], s[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 3] = __builtin_shufflevector(s[i + 1], s[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    s[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    s[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) ingot_store_f32x8((char *)columns + 32 * i, s[i]);
}

// Masks are all ones or all zeros in a lane.

INGOT_VECTOR ingot_f32x8 ingot_choose(ingot_i32x8 mask, ingot_f32x8 a, ingot_f32x8 b) {
#if defined(__AVX2__)
  return (ingot_f32x8)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)mask);
#else
  return (ingot_f32x8)((mask & (ingot_i32x8)a) | (~mask & (ingot_i32x8)b));
#endif
}

INGOT_VECTOR ingot_i32x8 ingot_is_above(ingot_f32x8 a, ingot_f32x8 b) { return a > b; }
INGOT_VECTOR ingot_i32x8 ingot_is_above_bits(ingot_i32x8 a, ingot_i32x8 b) { return a > b; }
/// Not above and not below are true of NaN.
INGOT_VECTOR ingot_i32x8 ingot_is_not_above(ingot_f32x8 a, ingot_f32x8 b) { return ~(a > b); }
INGOT_VECTOR ingot_i32x8 ingot_is_not_below(ingot_f32x8 a, ingot_f32x8 b) { return ~(a < b); }
INGOT_VECTOR ingot_i32x8 ingot_is_equal(ingot_f32x8 a, ingot_f32x8 b) { return a == b; }
INGOT_VECTOR ingot_i32x8 ingot_is_different(ingot_f32x8 a, ingot_f32x8 b) { return a != b; }
INGOT_VECTOR ingot_i32x8 ingot_both(ingot_i32x8 a, ingot_i32x8 b) { return a & b; }
INGOT_VECTOR ingot_i32x8 ingot_either(ingot_i32x8 a, ingot_i32x8 b) { return a | b; }
INGOT_VECTOR uint8_t ingot_lane_mask(ingot_i32x8 a) {
#if defined(__AVX2__)
  return (uint8_t)_mm256_movemask_ps((__m256)a);
#else
  return ingot_mask_of_eight(a);
#endif
}

INGOT_VECTOR ingot_f32x8 ingot_all(float a) { return (ingot_f32x8)a; }
INGOT_VECTOR ingot_f32x8 ingot_plus(ingot_f32x8 a, ingot_f32x8 b) { return a + b; }
INGOT_VECTOR ingot_f32x8 ingot_minus(ingot_f32x8 a, ingot_f32x8 b) { return a - b; }
INGOT_VECTOR ingot_f32x8 ingot_times(ingot_f32x8 a, ingot_f32x8 b) { return a * b; }
INGOT_VECTOR ingot_f32x8 ingot_over(ingot_f32x8 a, ingot_f32x8 b) { return a / b; }
INGOT_VECTOR ingot_f32x8 ingot_square_root(ingot_f32x8 a) { return __builtin_elementwise_sqrt(a); }

/// NaNs become the one with the bits 0x7FC00000.
INGOT_VECTOR ingot_f32x8 ingot_canonical_lanes(ingot_f32x8 a) {
  return a == a ? a : (ingot_f32x8)(ingot_i32x8)(0x7FC00000);
}

/// Rounded to nearest, ties to even, between whole bounds; |a| < 2^22.
INGOT_VECTOR ingot_f32x8 ingot_round_between(ingot_f32x8 a, float lowest, float highest) {
  ingot_f32x8 low = (ingot_f32x8)lowest, high = (ingot_f32x8)highest;
  ingot_f32x8 shifted = a + 12582912.0f;
  ingot_f32x8 rounded = shifted - 12582912.0f;
  rounded = rounded > low ? rounded : low;
  return rounded < high ? rounded : high;
}

/// `nearestInteger` in `Encodings`, whatever `a` is, between bounds.
INGOT_VECTOR ingot_i32x8 ingot_nearest_integer_between(
    ingot_f32x8 a, int32_t lowest, int32_t highest) {
  ingot_i32x8 nearest = ((ingot_i32x8)(a + 12582912.0f) & 0x7FFFFF) - 0x400000;
  ingot_i32x8 low = (ingot_i32x8)lowest, high = (ingot_i32x8)highest;
  nearest = nearest > low ? nearest : low;
  return nearest < high ? nearest : high;
}

INGOT_VECTOR ingot_f32x8 ingot_lanes_as_floats(ingot_i32x8 a) {
  return __builtin_convertvector(a, ingot_f32x8);
}

INGOT_VECTOR ingot_i32x8 ingot_lanes_plus(ingot_i32x8 a, int32_t b) { return a + b; }

/// Lanes in -128...255 as bytes.
INGOT_VECTOR ingot_u8x8 ingot_lanes_as_bytes(ingot_i32x8 a) {
  return __builtin_convertvector(a, ingot_u8x8);
}

INGOT_VECTOR ingot_i32x8 ingot_raised(ingot_i32x8 a, ingot_i32x8 b) { return a > b ? a : b; }

INGOT_VECTOR uint16_t ingot_one_f16_from_f32(float a) {
#if defined(__F16C__)
  return (uint16_t)_mm_cvtsi128_si32(_mm_cvtps_ph(_mm_set_ss(a), _MM_FROUND_TO_NEAREST_INT));
#else
  return ingot_eight_f16_from_f32((ingot_f32x8)a)[0];
#endif
}

INGOT_VECTOR int8_t ingot_load_i8(const void *_Nonnull address) {
  return *(const int8_t *)address;
}

/// 1 / a; 0 where a is 0.
INGOT_VECTOR ingot_f32x8 ingot_inverse_or_zero(ingot_f32x8 a) {
  ingot_f32x8 inverse = 1 / a;
  return a == 0 ? (ingot_f32x8)0 : inverse;
}

/// Σ a² of 256 values, one after the other.
INGOT_VECTOR float ingot_sum_of_squares(const void *_Nonnull values) {
  float sum = 0;
  for (int i = 0; i < 256; i++) {
    float value = ingot_load_f32((const char *)values + 4 * i);
    float square = value * value;
    sum += square;
  }
  return sum;
}

INGOT_VECTOR void ingot_store_code(void *_Nonnull address, int32_t code) {
  *(uint8_t *)address = (uint8_t)code;
}

INGOT_VECTOR void ingot_store_u8x8(void *_Nonnull address, ingot_u8x8 value) {
  __builtin_memcpy(address, &value, sizeof value);
}

INGOT_VECTOR ingot_i32x32 ingot_join(
    ingot_i32x8 a, ingot_i32x8 b, ingot_i32x8 c, ingot_i32x8 d) {
  ingot_i32x32 result;
  result.lo.lo = a;
  result.lo.hi = b;
  result.hi.lo = c;
  result.hi.hi = d;
  return result;
}

// Bytes of codes.

INGOT_VECTOR ingot_u8x32 ingot_shifted_right(ingot_u8x32 a, int32_t bits) {
  return a >> (uint8_t)bits;
}
INGOT_VECTOR ingot_u8x32 ingot_shifted_left(ingot_u8x32 a, int32_t bits) {
  return a << (uint8_t)bits;
}
INGOT_VECTOR ingot_u8x32 ingot_with_bits(ingot_u8x32 a, ingot_u8x32 b) { return a | b; }
INGOT_VECTOR ingot_u8x32 ingot_masked(ingot_u8x32 a, int32_t mask) { return a & (uint8_t)mask; }

/// The first half multiplied by `low`, the second by `high`.
INGOT_VECTOR ingot_f32x32 ingot_multiply_halves(ingot_f32x32 a, float low, float high) {
  a.lo *= low;
  a.hi *= high;
  return a;
}

// The states of searches. They are C structures because the metadata of a Swift one would be weak
// symbols, of which a linker may keep the copy that was built for another processor.

/// The peaks of eight sub-blocks: see `PeakLanes.swift`.
typedef struct {
  /// The value of highest magnitude, the first of equals.
  ingot_f32x8_member values;
  /// The bits of the highest magnitude, NaN and infinity included.
  ingot_i32x8_member bits;
} ingot_peak_lanes;

/// See `SymmetricLanes.swift`.
typedef struct {
  ingot_peak_lanes peaks;
  /// What was found; 0 where the peak counts as zero.
  ingot_f32x8_member scales;
  /// What values are multiplied by for their codes; 0 where the peak counts as zero.
  ingot_f32x8_member inverses;
} ingot_symmetric_lanes;

/// See `CodebookLanes.swift`.
typedef struct {
  ingot_peak_lanes peaks;
  /// What was found; 0 where the peak counts as zero.
  ingot_f32x8_member scales;
} ingot_codebook_lanes;

/// See `SymmetricTries.swift`.
typedef struct {
  /// 0 if the peak counts as zero.
  float scale;
  /// What the scales are multiplied by for their codes.
  float inverse;
  /// Whether the peak counts as zero: every code is stored as 0.
  _Bool isBlank;
} ingot_symmetric_tries;

/// See `DescentLanes.swift`. The addresses are of 16 vectors each.
typedef struct {
  ingot_peak_lanes peaks;
  ingot_f32x8_member dot;
  ingot_f32x8_member square;
  const void *_Nonnull values;
  /// What each value adds to `dot`, and to `square`.
  void *_Nonnull products;
  void *_Nonnull squares;
  /// Between which quotients a code stays what it is.
  void *_Nonnull lowest;
  void *_Nonnull highest;
  /// The last element that has changed in this pass, or -1.
  int32_t changed;
  /// The last element that may change in this pass.
  int32_t last;
} ingot_descent_lanes;

/// See `BlockScratch.swift`.
typedef struct {
  /// 32 vectors.
  void *_Nonnull values;
  /// As `values`.
  void *_Nonnull weights;
  /// Room for what a search keeps of each value.
  void *_Nonnull tables;
} ingot_block_scratch;

/// See `SuperBlockScratch.swift`.
typedef struct {
  /// 16 vectors for each group.
  void *_Nonnull values;
  /// As `values`.
  void *_Nonnull weights;
  /// Room for as much.
  void *_Nonnull products;
  /// Room for twice as much.
  void *_Nonnull bounds;
  /// 16 floats in the order of the sub-blocks: first the scales of the search, then d × scale.
  void *_Nonnull scales;
  /// 16 floats: what gives the codes of a sub-block whose d × scale is 0; 0 for codes of 0.
  void *_Nonnull inverses;
  /// 256 codes, one a byte, in the order of the elements.
  void *_Nonnull codes;
} ingot_super_block_scratch;

#endif
