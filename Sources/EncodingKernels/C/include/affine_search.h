/// What the encoders with a scale and a minimum for each sub-block need: sixteen sub-blocks at once,
/// one in each lane, so that every lane does the steps of the plain loop in its order.
///
/// Sixteen lanes are two registers or more: the sums of a search wait for one addition after the
/// other, and two chains take hardly longer than one. A comparison has all bits of a lane set where
/// it holds.

#ifndef INGOT_AFFINE_SEARCH_H
#define INGOT_AFFINE_SEARCH_H

#include "sub_blocks.h"

typedef float ingot_f32x16 __attribute__((ext_vector_type(16)));
typedef int32_t ingot_i32x16 __attribute__((ext_vector_type(16)));

INGOT_MEMORY(i32x16, ingot_i32x16)
INGOT_MEMORY(f32x16, ingot_f32x16)
INGOT_MEMORY(i32, int32_t)

INGOT_VECTOR uint8_t ingot_byte_at(const void *_Nonnull address) {
  return *(const uint8_t *)address;
}

// Arithmetic on lanes.

INGOT_VECTOR ingot_f32x16 ingot_lanes(float a) { return (ingot_f32x16)a; }

/// One number in the first eight lanes and one in the others.
INGOT_VECTOR ingot_f32x16 ingot_two_eights(float first, float second) {
  ingot_f32x16 result;
  result.lo = (ingot_f32x8)first;
  result.hi = (ingot_f32x8)second;
  return result;
}

INGOT_VECTOR ingot_f32x16 ingot_lanes_add(ingot_f32x16 a, ingot_f32x16 b) { return a + b; }
INGOT_VECTOR ingot_f32x16 ingot_lanes_subtract(ingot_f32x16 a, ingot_f32x16 b) { return a - b; }
INGOT_VECTOR ingot_f32x16 ingot_lanes_multiply(ingot_f32x16 a, ingot_f32x16 b) { return a * b; }
INGOT_VECTOR ingot_f32x16 ingot_lanes_divide(ingot_f32x16 a, ingot_f32x16 b) { return a / b; }
INGOT_VECTOR ingot_f32x16 ingot_lanes_negate(ingot_f32x16 a) { return -a; }
INGOT_VECTOR ingot_i32x16 ingot_lanes_less(ingot_f32x16 a, ingot_f32x16 b) { return a < b; }
INGOT_VECTOR ingot_i32x16 ingot_lanes_differ(ingot_f32x16 a, ingot_f32x16 b) { return a != b; }
INGOT_VECTOR ingot_i32x16 ingot_lanes_both(ingot_i32x16 a, ingot_i32x16 b) { return a & b; }

INGOT_VECTOR ingot_f32x16 ingot_lanes_lower(ingot_f32x16 a, ingot_f32x16 b) {
  return a < b ? a : b;
}

INGOT_VECTOR ingot_f32x16 ingot_lanes_higher(ingot_f32x16 a, ingot_f32x16 b) {
  return a > b ? a : b;
}

INGOT_VECTOR ingot_f32x16 ingot_lanes_root(ingot_f32x16 a) {
  return __builtin_elementwise_sqrt(a);
}

INGOT_VECTOR ingot_f32x16 ingot_lanes_magnitude(ingot_f32x16 a) {
  return (ingot_f32x16)((ingot_i32x16)a & 0x7FFFFFFF);
}

/// `a` where the comparison holds, elsewhere `b`.
INGOT_VECTOR ingot_f32x16 ingot_lanes_choose(ingot_i32x16 holds, ingot_f32x16 a, ingot_f32x16 b) {
  return holds ? a : b;
}

/// Likewise for integers.
INGOT_VECTOR ingot_i32x16 ingot_codes_choose(ingot_i32x16 holds, ingot_i32x16 a, ingot_i32x16 b) {
  return holds ? a : b;
}

/// Whether a comparison holds in any lane.
INGOT_VECTOR _Bool ingot_lanes_any(ingot_i32x16 holds) {
  ingot_i32x8 either = holds.lo | holds.hi;
#if defined(__AVX__)
  return _mm256_movemask_ps((__m256)either) != 0;
#else
  return ingot_mask_of_eight(either) != 0;
#endif
}

// Rounding to codes.

/// The integer that the reference's `nearest_int` makes of any float, of NaN and infinity too: 1.5 ×
/// 2^23 is added and the lower mantissa bits are read off. Ties go to even.
INGOT_VECTOR ingot_i32x16 ingot_nearest(ingot_f32x16 a) {
  ingot_f32x16 raised = a + 12582912.0f;
  return ((ingot_i32x16)raised & 0x7FFFFF) - 0x400000;
}

INGOT_VECTOR ingot_i32x16 ingot_codes_at_most(ingot_i32x16 a, int32_t limit) {
  return a < limit ? a : (ingot_i32x16)limit;
}

INGOT_VECTOR ingot_i32x16 ingot_codes_lower_byte(ingot_i32x16 a) { return a & 0xFF; }
INGOT_VECTOR ingot_i32x16 ingot_codes_differ(ingot_i32x16 a, ingot_i32x16 b) { return a != b; }

INGOT_VECTOR ingot_f32x16 ingot_codes_as_floats(ingot_i32x16 a) {
  return __builtin_convertvector(a, ingot_f32x16);
}

/// `ingot_nearest`, kept within 0...`top`, as floats.
INGOT_VECTOR ingot_f32x16 ingot_code_of_any(ingot_f32x16 a, float top) {
  ingot_i32x16 code = ingot_nearest(a);
  code = code > 0 ? code : (ingot_i32x16)0;
  return ingot_codes_as_floats(ingot_codes_at_most(code, (int32_t)top));
}

/// The same with fewer instructions, for magnitudes up to 2^22.
INGOT_VECTOR ingot_f32x16 ingot_code_of_moderate(ingot_f32x16 a, float top) {
  ingot_f32x16 lowest = 12582912.0f, highest = 12582912.0f + top;
  ingot_f32x16 raised = a + lowest;
  raised = raised > lowest ? raised : lowest;
  raised = raised < highest ? raised : highest;
  return raised - lowest;
}

/// Whether all magnitudes are at most 2^21.
INGOT_VECTOR _Bool ingot_lanes_are_moderate(ingot_f32x16 a, ingot_f32x16 b) {
  ingot_i32x16 exceeds = (((ingot_i32x16)a & 0x7FFFFFFF) > 0x4A000000) |
                        (((ingot_i32x16)b & 0x7FFFFFFF) > 0x4A000000);
  return !ingot_lanes_any(exceeds);
}

/// `ingot_code_of_any` for eight of a run of values, as integers.
INGOT_VECTOR ingot_i32x8 ingot_run_codes_of_eight(ingot_f32x8 a, int32_t top) {
  ingot_f32x8 raised = a + 12582912.0f;
  ingot_i32x8 code = ((ingot_i32x8)raised & 0x7FFFFF) - 0x400000;
  ingot_i32x8 limit = top;
  code = code > 0 ? code : (ingot_i32x8)0;
  return code < limit ? code : limit;
}

/// Likewise for a run of 32, as bytes.
INGOT_VECTOR ingot_u8x32 ingot_run_codes(ingot_f32x32 a, int32_t top) {
  ingot_i32x32 codes;
  codes.lo.lo = ingot_run_codes_of_eight(a.lo.lo, top);
  codes.lo.hi = ingot_run_codes_of_eight(a.lo.hi, top);
  codes.hi.lo = ingot_run_codes_of_eight(a.hi.lo, top);
  codes.hi.hi = ingot_run_codes_of_eight(a.hi.hi, top);
  return ingot_bytes(codes);
}

/// What `ingot_run_codes` takes: (a + minimum) / scale, or, if the scale is 0, (a - origin) ×
/// inverse.
INGOT_VECTOR ingot_f32x16 ingot_run_scaled(
    ingot_f32x16 a, float minimum, float scale, float origin, float inverse) {
  if (scale == 0) {
    ingot_f32x16 distance = a - origin;
    return distance * inverse;
  }
  ingot_f32x16 raised = a + minimum;
  return raised / scale;
}

INGOT_VECTOR ingot_f32x32 ingot_join_runs(ingot_f32x16 a, ingot_f32x16 b) {
  ingot_f32x32 joined;
  joined.lo = a;
  joined.hi = b;
  return joined;
}

/// One number subtracted from the first half and one from the second.
INGOT_VECTOR ingot_f32x32 ingot_subtract_halves(ingot_f32x32 a, float low, float high) {
  a.lo -= low;
  a.hi -= high;
  return a;
}

// Transposition.

/// Writes eight vectors, of which the first has the first value of each of eight rows, the second
/// the second, and so on: row i starts `row_stride` × i bytes after the first, and vector i
/// `column_stride` × i bytes after the first.
INGOT_VECTOR void ingot_columns_from_rows(
    const void *_Nonnull rows, int64_t row_stride, void *_Nonnull columns,
    int64_t column_stride) {
  const char *first = rows;
  char *result = columns;
  ingot_f32x8 r[8], s[8];
  for (int i = 0; i < 8; i++) r[i] = ingot_load_f32x8(first + row_stride * i);
  for (int i = 0; i < 8; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; j++) {
      r[i + 2 * j] = __builtin_shufflevector(s[i + j], s[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + 2 * j + 1] =
          __builtin_shufflevector(s[i + j], s[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; i++) {
    ingot_f32x8 low = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    ingot_f32x8 high = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    ingot_store_f32x8(result + column_stride * i, low);
    ingot_store_f32x8(result + column_stride * (i + 4), high);
  }
}

/// Whether all 256 values are finite.
INGOT_VECTOR _Bool ingot_is_finite_batch(const void *_Nonnull batch) {
  return ingot_mask_of_eight(ingot_highest_magnitudes(batch) > 0x7F7FFFFF) == 0;
}

#endif
