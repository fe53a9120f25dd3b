/// An error measurement in fewer instructions than `ingot_add_squares`, for sums of four squares that
/// are above 2^-90 and finite; whether they were is found out at the end.
///
/// The units that add floats are the narrow place, so comparing and widening is done on bits, whose
/// order is that of positive floats.

#ifndef INGOT_MEASUREMENT_H
#define INGOT_MEASUREMENT_H

#include "vectors.h"

/// The halves of eight sums are these lanes.
#define INGOT_FIRST_HALF 0, 1, 4, 5
#define INGOT_SECOND_HALF 2, 3, 6, 7

INGOT_VECTOR ingot_f64x8 ingot_halves_of_sums(ingot_f64x8 lanes) {
  return __builtin_shufflevector(lanes, lanes, INGOT_FIRST_HALF, INGOT_SECOND_HALF);
}

/// The reverse of `ingot_halves_of_sums`.
INGOT_VECTOR ingot_f64x8 ingot_lanes_of_sums(ingot_f64x8 halves) {
  return __builtin_shufflevector(halves, halves, 0, 1, 4, 5, 2, 3, 6, 7);
}

/// Adds to halves of sums. What is not a normal positive number adds nonsense: 2^128 or more if it is
/// infinite or NaN.
INGOT_VECTOR ingot_f64x8 ingot_add_to_halves(ingot_f64x8 sums, ingot_f32x8 a) {
  // An exponent has 8 bits and the bias 127, or 11 bits and the bias 1023.
  ingot_u32x8 upper = ((ingot_u32x8)a >> 3) + (896u << 20), lower = (ingot_u32x8)a << 29;
  ingot_u32x8 first = __builtin_shufflevector(lower, upper, 0, 8, 1, 9, 4, 12, 5, 13);
  ingot_u32x8 second = __builtin_shufflevector(lower, upper, 2, 10, 3, 11, 6, 14, 7, 15);
  ingot_f64x8 wide;
  wide.lo = __builtin_bit_cast(__typeof__(wide.lo), first);
  wide.hi = __builtin_bit_cast(__typeof__(wide.hi), second);
  return sums + wide;
}

/// Each lane lowered to that of `a`, as bits.
INGOT_VECTOR ingot_i32x8 ingot_lowered(ingot_i32x8 lowest, ingot_f32x8 a) {
  ingot_i32x8 bits = (ingot_i32x8)a;
  return lowest < bits ? lowest : bits;
}

/// Each lane raised to the magnitudes that fall into it, as bits.
INGOT_VECTOR ingot_i32x8 ingot_raised_to_magnitudes(ingot_i32x8 highest, ingot_f32x32 a) {
  ingot_i32x32 magnitude = (ingot_i32x32)a & 0x7FFFFFFF;
  ingot_i32x8 b = magnitude.lo.lo > magnitude.lo.hi ? magnitude.lo.lo : magnitude.lo.hi;
  ingot_i32x8 c = magnitude.hi.lo > magnitude.hi.hi ? magnitude.hi.lo : magnitude.hi.hi;
  b = b > c ? b : c;
  return b > highest ? b : highest;
}

/// Whether the sums that were added are all above 2^-90, of which `lowest` is the least, and finite.
INGOT_VECTOR _Bool ingot_are_inside(
    ingot_i32x8 lowest, ingot_f64x8 errors, ingot_f64x8 references) {
  typedef int64_t i64x8 __attribute__((ext_vector_type(8)));
  i64x8 are_finite = (errors < 0x1p128) & (references < 0x1p128);
  ingot_i32x8 are_inside = __builtin_convertvector(are_finite, ingot_i32x8) & (lowest > 0x12800000);
  return ingot_mask_of_eight(are_inside) == 0xFF;
}

/// What a measurement has found since it began: see `Measurement.swift`.
typedef struct {
  /// Halves of sums.
  ingot_f64x8_member errors;
  ingot_f64x8_member references;
  /// The bits of the highest magnitude of an error.
  ingot_i32x8_member highest;
  /// The bits of the lowest sum.
  ingot_i32x8_member lowest;
} ingot_measurement;

#endif
