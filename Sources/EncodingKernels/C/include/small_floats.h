/// Conversions between F32 and the floats of 16 and 8 bits, a block of 32 at a time.
///
/// Rounding is to nearest, ties to even. A NaN becomes quiet and keeps its sign and the upper bits
/// of its payload; the instructions for F16 do that, so the other code does it too.

#ifndef INGOT_SMALL_FLOATS_H
#define INGOT_SMALL_FLOATS_H

#include "vectors.h"

/// F32 bits without the sign to a smaller float without the sign; values below the overflow of the
/// target only. `shift` is how many mantissa bits go, `rebias` the difference of the exponent
/// biases; below `smallest_normal`, adding `magic`, whose unit in the last place is the target's
/// smallest subnormal, lets the adder do the rounding.
INGOT_VECTOR ingot_i32x8 ingot_round_to_small(
    ingot_i32x8 magnitude, int32_t shift, int32_t rebias, int32_t smallest_normal, float magic) {
  ingot_i32x8 is_odd = (magnitude >> shift) & 1;
  ingot_i32x8 half = (ingot_i32x8)((1 << (shift - 1)) - 1);
  ingot_i32x8 normal = (magnitude - (rebias << 23) + half + is_odd) >> shift;
  ingot_f32x8 magics = (ingot_f32x8)magic;
  ingot_i32x8 subnormal = (ingot_i32x8)((ingot_f32x8)magnitude + magics) - (ingot_i32x8)magics;
  return magnitude < smallest_normal ? subnormal : normal;
}

/// The reverse for finite values: `magnitude` is the small float without the sign. Subnormals get
/// the implicit bit they lack from the exponent of `rebias + 1`, and lose it by a subtraction.
INGOT_VECTOR ingot_i32x8 ingot_widen_small(
    ingot_i32x8 magnitude, int32_t shift, int32_t rebias, int32_t smallest_normal) {
  ingot_i32x8 shifted = magnitude << shift;
  ingot_i32x8 normal = shifted + (rebias << 23);
  ingot_f32x8 one = (ingot_f32x8)(ingot_i32x8)((rebias + 1) << 23);
  ingot_f32x8 subnormal = (ingot_f32x8)(shifted + (ingot_i32x8)one) - one;
  return magnitude < smallest_normal ? (ingot_i32x8)subnormal : normal;
}

INGOT_VECTOR ingot_u16x8 ingot_eight_f16_from_f32(ingot_f32x8 a) {
#if defined(__F16C__)
  return (ingot_u16x8)_mm256_cvtps_ph((__m256)a, _MM_FROUND_TO_NEAREST_INT);
#else
  ingot_i32x8 magnitude = (ingot_i32x8)a & 0x7FFFFFFF;
  ingot_i32x8 sign = ((ingot_i32x8)a >> 16) & 0x8000;
  ingot_i32x8 finite = ingot_round_to_small(magnitude, 13, 112, 0x38800000, 0x1p-1f);
  ingot_i32x8 nan = ((magnitude >> 13) & 0x3FF) | 0x7E00;
  ingot_i32x8 special = magnitude > 0x7F800000 ? nan : (ingot_i32x8)0x7C00;
  ingot_i32x8 result = magnitude >= 0x47800000 ? special : finite;
  return __builtin_convertvector(result | sign, ingot_u16x8);
#endif
}

INGOT_VECTOR ingot_f32x8 ingot_eight_f32_from_f16(ingot_u16x8 a) {
#if defined(__F16C__)
  return (ingot_f32x8)_mm256_cvtph_ps((__m128i)a);
#else
  ingot_i32x8 bits = __builtin_convertvector(a, ingot_i32x8);
  ingot_i32x8 magnitude = bits & 0x7FFF;
  ingot_i32x8 finite = ingot_widen_small(magnitude, 13, 112, 0x400);
  ingot_i32x8 payload = (magnitude << 13) | 0x7F800000;
  ingot_i32x8 special = magnitude > 0x7C00 ? payload | 0x400000 : payload;
  ingot_i32x8 result = magnitude >= 0x7C00 ? special : finite;
  return (ingot_f32x8)(result | (bits & 0x8000) << 16);
#endif
}

/// One F16 as F32.
INGOT_VECTOR float ingot_one_f32_from_f16(uint16_t a) {
#if defined(__F16C__)
  return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(a)));
#else
  return ingot_eight_f32_from_f16((ingot_u16x8)a)[0];
#endif
}

INGOT_VECTOR ingot_u16x8 ingot_eight_bf16_from_f32(ingot_f32x8 a) {
  ingot_i32x8 bits = (ingot_i32x8)a;
  ingot_i32x8 rounded = bits + 0x7FFF + ((bits >> 16) & 1);
  ingot_i32x8 result = (bits & 0x7FFFFFFF) > 0x7F800000 ? bits | 0x400000 : rounded;
  return __builtin_convertvector((result >> 16) & 0xFFFF, ingot_u16x8);
}

INGOT_VECTOR ingot_f32x8 ingot_eight_f32_from_bf16(ingot_u16x8 a) {
  return (ingot_f32x8)(__builtin_convertvector(a, ingot_i32x8) << 16);
}

INGOT_VECTOR ingot_u8x8 ingot_eight_f8_e4m3_from_f32(ingot_f32x8 a) {
  ingot_i32x8 magnitude = (ingot_i32x8)a & 0x7FFFFFFF;
  ingot_i32x8 sign = ((ingot_i32x8)a >> 24) & 0x80;
  ingot_i32x8 finite = ingot_round_to_small(magnitude, 20, 120, 0x3C800000, 0x1p14f);
  // 464 is half way between 448, the highest, and the 480 that there is not; it goes to 448.
  ingot_i32x8 special = magnitude > 0x7F800000 ? (ingot_i32x8)0x7F : (ingot_i32x8)0x7E;
  ingot_i32x8 result = magnitude > 0x43E80000 ? special : finite;
  return __builtin_convertvector(result | sign, ingot_u8x8);
}

INGOT_VECTOR ingot_f32x8 ingot_eight_f32_from_f8_e4m3(ingot_u8x8 a) {
  ingot_i32x8 bits = __builtin_convertvector(a, ingot_i32x8);
  ingot_i32x8 magnitude = bits & 0x7F;
  ingot_i32x8 finite = ingot_widen_small(magnitude, 20, 120, 0x08);
  ingot_i32x8 result = magnitude == 0x7F ? (ingot_i32x8)0x7FC00000 : finite;
  return (ingot_f32x8)(result | (bits & 0x80) << 24);
}

INGOT_VECTOR ingot_u8x8 ingot_eight_f8_e5m2_from_f32(ingot_f32x8 a) {
  ingot_i32x8 magnitude = (ingot_i32x8)a & 0x7FFFFFFF;
  ingot_i32x8 sign = ((ingot_i32x8)a >> 24) & 0x80;
  ingot_i32x8 finite = ingot_round_to_small(magnitude, 21, 112, 0x38800000, 0x1p7f);
  ingot_i32x8 nan = ((magnitude >> 21) & 3) | 0x7E;
  ingot_i32x8 special = magnitude > 0x7F800000 ? nan : (ingot_i32x8)0x7C;
  ingot_i32x8 result = magnitude >= 0x47800000 ? special : finite;
  return __builtin_convertvector(result | sign, ingot_u8x8);
}

/// F8_E5M2 is the upper byte of an F16.
INGOT_VECTOR ingot_f32x8 ingot_eight_f32_from_f8_e5m2(ingot_u8x8 a) {
  return ingot_eight_f32_from_f16(__builtin_convertvector(a, ingot_u16x8) << 8);
}

/// Blocks in four steps of eight: at full width the intermediate values overflow the registers.
#define INGOT_BLOCK(name, small_type)                                                  \
  INGOT_VECTOR small_type ingot_##name##_from_f32(ingot_f32x32 a) {                     \
    small_type result;                                                                 \
    result.lo.lo = ingot_eight_##name##_from_f32(a.lo.lo);                             \
    result.lo.hi = ingot_eight_##name##_from_f32(a.lo.hi);                             \
    result.hi.lo = ingot_eight_##name##_from_f32(a.hi.lo);                             \
    result.hi.hi = ingot_eight_##name##_from_f32(a.hi.hi);                             \
    return result;                                                                     \
  }                                                                                    \
  INGOT_VECTOR ingot_f32x32 ingot_f32_from_##name(small_type a) {                       \
    ingot_f32x32 result;                                                               \
    result.lo.lo = ingot_eight_f32_from_##name(a.lo.lo);                               \
    result.lo.hi = ingot_eight_f32_from_##name(a.lo.hi);                               \
    result.hi.lo = ingot_eight_f32_from_##name(a.hi.lo);                               \
    result.hi.hi = ingot_eight_f32_from_##name(a.hi.hi);                               \
    return result;                                                                     \
  }

INGOT_BLOCK(f16, ingot_u16x32)
INGOT_BLOCK(bf16, ingot_u16x32)
INGOT_BLOCK(f8_e4m3, ingot_u8x32)
INGOT_BLOCK(f8_e5m2, ingot_u8x32)

#endif
