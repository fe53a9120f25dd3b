/// What the search for the scales of a block takes: `SearchGrid` in `Encodings` says what it means.

#ifndef INGOT_GRID_SEARCH_H
#define INGOT_GRID_SEARCH_H

#include "affine_search.h"

typedef struct {
  int64_t part_count;
  int64_t part_element_count;
  float lowest_code, highest_code;
  float lowest_scale_code, highest_scale_code;
  float lowest_minimum_code, highest_minimum_code;
  _Bool is_minimum_signed;
  int64_t round_count;
  /// Steps of three floats each: a sign, and what is added to both codes.
  int64_t neighbour_count;
  const void *_Nonnull neighbours;
  /// Two factors each.
  int64_t rescaling_count;
  const void *_Nonnull rescalings;
} ingot_search_grid;

/// A float within bounds, NaN as the lower one.
INGOT_VECTOR ingot_f32x16 ingot_lanes_within(ingot_f32x16 a, float lowest, float highest) {
  ingot_f32x16 low = lowest, high = highest;
  a = a > low ? a : low;
  return a < high ? a : high;
}

/// Likewise, rounded to nearest, ties to even; bounds are whole and below 2^22.
INGOT_VECTOR ingot_f32x16 ingot_lanes_nearest_within(
    ingot_f32x16 a, float lowest, float highest) {
  ingot_f32x16 raised = ingot_lanes_within(a, lowest, highest) + 12582912.0f;
  return raised - 12582912.0f;
}

/// 1 / a; 0 where a is 0.
INGOT_VECTOR ingot_f32x16 ingot_lanes_inverse_or_zero(ingot_f32x16 a) {
  ingot_f32x16 inverse = 1 / a;
  return a == 0 ? (ingot_f32x16)0 : inverse;
}

/// The F16 number next to `a`.
INGOT_VECTOR float ingot_rounded_to_f16(float a) {
  return ingot_one_f32_from_f16(ingot_one_f16_from_f32(a));
}

#endif
