/// E2M1, the float of four bits: 0, 0.5, 1, 1.5, 2, 3, 4 and 6, and a sign. The kernels work on
/// doubled values, which are whole, with scales that are halved.

#ifndef INGOT_FOUR_BIT_FLOATS_H
#define INGOT_FOUR_BIT_FLOATS_H

#include "batches.h"

/// The doubled values of codes below 16; code 8 is 0 without a sign.
INGOT_VECTOR ingot_f32x32 ingot_doubled_e2m1(ingot_u8x32 codes) {
  ingot_u8x32 code = codes & 7;
  // A comparison is -1 in each lane where it holds: 5, 6 and 7 become 6, 8 and 12.
  ingot_i8x32 magnitude = (ingot_i8x32)code - (code > 4) - (code > 5);
  magnitude -= (code > 6) + (code > 6) + (code > 6);
  ingot_i8x32 sign = (ingot_i8x32)(codes << 4) >> 7;
  return ingot_floats(ingot_codes_from_signed((ingot_u8x32)((magnitude ^ sign) - sign)));
}

/// The E8M0 exponents of MXFP4 for blocks whose highest magnitudes have these bits: the rounded
/// binary logarithm, rounded down, less 2; at least 0, and 255 if the magnitude is not finite.
///
/// The logarithm of the few floats just below a power of two rounds up to the next whole number k:
/// of 2^t ln 2 floats, where 2^t is the power of two at or below the magnitude of the F32 before k.
INGOT_VECTOR ingot_i32x8 ingot_mxfp4_exponents(ingot_i32x8 magnitudes) {
  ingot_i32x8 biased = magnitudes >> 23;
  ingot_i32x8 next = biased - 126;
  ingot_i32x8 size = next > 0 ? next - 1 : -next;
  ingot_f32x8 power =
      (ingot_f32x8)((ingot_i32x8)__builtin_convertvector(size, ingot_f32x8) & 0x7F800000);
  ingot_i32x8 reach = __builtin_convertvector(power * 0.6931472f, ingot_i32x8);
  ingot_i32x8 distance = 0x800000 - (magnitudes & 0x7FFFFF);
  ingot_i32x8 exponents = biased - 2 - (distance <= reach);
  exponents = exponents < 0 ? (ingot_i32x8)0 : exponents;
  return magnitudes < 0x7F800000 ? exponents : (ingot_i32x8)255;
}

/// Writes an exponent and 16 bytes of nibbles after it.
INGOT_VECTOR void ingot_store_mxfp4(void *_Nonnull block, int32_t exponent, ingot_u8x16 nibbles) {
  *(uint8_t *)block = (uint8_t)exponent;
  __builtin_memcpy((char *)block + 1, &nibbles, 16);
}

/// 2^(exponent - 128).
INGOT_VECTOR float ingot_half_of_e8m0(int32_t exponent) {
  int32_t bits = exponent < 2 ? 0x00200000 << exponent : (exponent - 1) << 23;
  return __builtin_bit_cast(float, bits);
}

/// The codes of eight values from the bits of which comparisons with the middles hold.
INGOT_VECTOR ingot_i32x8 ingot_with_signs(ingot_i32x8 magnitude, ingot_f32x8 a) {
  ingot_i32x8 sign = ((ingot_i32x8)a >> 28) & 8;
  return magnitude == 0 ? magnitude : magnitude | sign;
}

INGOT_VECTOR ingot_f32x8 ingot_magnitudes_of_eight(ingot_f32x8 a) {
  return (ingot_f32x8)((ingot_i32x8)a & 0x7FFFFFFF);
}

/// The code whose doubled value × `scale` is nearest to each value, a power of two, halves toward
/// zero. Where a product is infinite, its code is never the nearest.
INGOT_VECTOR ingot_i32x8 ingot_eight_mxfp4_codes(ingot_f32x8 a, float scale) {
  ingot_f32x8 magnitude = ingot_magnitudes_of_eight(a);
  float between_6_and_8 = 8 * scale < __builtin_inff() ? 7 * scale : __builtin_inff();
  float between_8_and_12 = 12 * scale < __builtin_inff() ? 10 * scale : __builtin_inff();
  ingot_i32x8 code = -(magnitude > 0.5f * scale) - (magnitude > 1.5f * scale);
  code -= (magnitude > 2.5f * scale) + (magnitude > 3.5f * scale);
  code -= (magnitude > 5 * scale) + (magnitude > between_6_and_8);
  code -= magnitude > between_8_and_12;
  return ingot_with_signs(code, a);
}

INGOT_VECTOR ingot_u8x32 ingot_mxfp4_codes(ingot_f32x32 a, float scale) {
  ingot_i32x32 codes;
  codes.lo.lo = ingot_eight_mxfp4_codes(a.lo.lo, scale);
  codes.lo.hi = ingot_eight_mxfp4_codes(a.lo.hi, scale);
  codes.hi.lo = ingot_eight_mxfp4_codes(a.hi.lo, scale);
  codes.hi.hi = ingot_eight_mxfp4_codes(a.hi.hi, scale);
  return ingot_bytes(codes);
}

// NVFP4: a scale for each 16 values.

typedef uint8_t ingot_u8x4 __attribute__((ext_vector_type(4)));

INGOT_MEMORY(four_bytes, ingot_u8x4)

/// Half the values of two blocks' scales. The sign bit is not looked at, but for telling that 0xFF
/// is a number and 0x7F is 0, as the reference reads them.
INGOT_VECTOR ingot_f32x8 ingot_half_ue4m3_values(ingot_u8x4 first, ingot_u8x4 second) {
  ingot_u8x8 bytes;
  bytes.lo = first;
  bytes.hi = second;
  ingot_i32x8 bits = __builtin_convertvector(bytes, ingot_i32x8);
  ingot_i32x8 value = ingot_widen_small(bits & 0x7F, 20, 120, 0x08);
  return 0.5f * (ingot_f32x8)(bits == 0x7F ? (ingot_i32x8)0 : value);
}

/// Writes four scales of UE4M3 to each of two blocks.
INGOT_VECTOR void ingot_store_scales(
    void *_Nonnull first, void *_Nonnull second, ingot_i32x8 codes) {
  ingot_u8x8 bytes = __builtin_convertvector(codes, ingot_u8x8);
  ingot_store_four_bytes(first, bytes.lo);
  ingot_store_four_bytes(second, bytes.hi);
}

/// `codes`, or 0 where the magnitude with these bits is not finite.
INGOT_VECTOR ingot_i32x8 ingot_zero_unless_finite(ingot_i32x8 codes, ingot_i32x8 magnitudes) {
  return magnitudes < 0x7F800000 ? codes : (ingot_i32x8)0;
}

/// The highest magnitude of each of eight groups of 16 values, as bits.
INGOT_VECTOR ingot_i32x8 ingot_highest_of_sixteens(const void *_Nonnull values) {
  ingot_i32x8 highest = 0;
  for (int lane = 0; lane < 8; lane++) {
    const char *group = (const char *)values + 64 * lane;
    ingot_i32x8 low = (ingot_i32x8)ingot_load_f32x8(group) & 0x7FFFFFFF;
    ingot_i32x8 high = (ingot_i32x8)ingot_load_f32x8(group + 32) & 0x7FFFFFFF;
    highest[lane] = __builtin_reduce_max(low > high ? low : high);
  }
  return highest;
}

/// The UE4M3 codes of scales; 0 where the magnitude with these bits is not finite.
INGOT_VECTOR ingot_i32x8 ingot_ue4m3_codes(ingot_f32x8 scales, ingot_i32x8 magnitudes) {
  ingot_u8x8 codes = ingot_eight_f8_e4m3_from_f32(scales);
  ingot_i32x8 wide = __builtin_convertvector(codes, ingot_i32x8);
  return magnitudes < 0x7F800000 ? wide : (ingot_i32x8)0;
}

/// `codes` + `offset`, kept within 0...126.
INGOT_VECTOR ingot_i32x8 ingot_neighbour_scales(ingot_i32x8 codes, int32_t offset) {
  ingot_i32x8 moved = codes + offset;
  moved = moved < 0 ? (ingot_i32x8)0 : moved;
  return moved > 126 ? (ingot_i32x8)126 : moved;
}

/// The values of UE4M3 codes below 127, exactly.
INGOT_VECTOR ingot_f32x8 ingot_ue4m3_values(ingot_i32x8 codes) {
  return (ingot_f32x8)ingot_widen_small(codes, 20, 120, 0x08);
}

/// `scales`, or NaN for those that are 0: no comparison with a middle holds then, and all codes are
/// 0, even those of infinities.
INGOT_VECTOR ingot_f32x8 ingot_nan_if_zero(ingot_f32x8 scales) {
  return scales > 0 ? scales : (ingot_f32x8)(ingot_i32x8)(0x7FC00000);
}

/// The codes of values divided by `scale`, rounded to nearest, ties to even; at most 6 × `scale`.
INGOT_VECTOR ingot_i32x8 ingot_eight_e2m1_codes(ingot_f32x8 a, float scale) {
  ingot_f32x8 magnitude = ingot_magnitudes_of_eight(a);
  ingot_i32x8 code = -(magnitude > 0.25f * scale) - (magnitude >= 0.75f * scale);
  code -= (magnitude > 1.25f * scale) + (magnitude >= 1.75f * scale);
  code -= (magnitude > 2.5f * scale) + (magnitude >= 3.5f * scale);
  code -= magnitude > 5 * scale;
  return ingot_with_signs(code, a);
}

/// The codes of two groups of 16 values, packed as NVFP4 does: byte j of a group has element j
/// below and element j + 8 above.
INGOT_VECTOR ingot_u8x16 ingot_e2m1_pairs(ingot_f32x32 a, float first_scale, float second_scale) {
  ingot_i32x32 codes;
  codes.lo.lo = ingot_eight_e2m1_codes(a.lo.lo, first_scale);
  codes.lo.hi = ingot_eight_e2m1_codes(a.hi.lo, second_scale);
  codes.hi.lo = ingot_eight_e2m1_codes(a.lo.hi, first_scale);
  codes.hi.hi = ingot_eight_e2m1_codes(a.hi.hi, second_scale);
  return ingot_pack_nibbles(ingot_bytes(codes));
}

/// The doubled values of 32 codes of NVFP4 × a scale for each 16.
INGOT_VECTOR ingot_f32x32 ingot_scaled_e2m1_pairs(
    ingot_u8x16 bytes, float first_scale, float second_scale) {
  ingot_f32x32 loose = ingot_doubled_e2m1(ingot_unpack_nibbles(bytes));
  ingot_f32x32 values;
  values.lo.lo = loose.lo.lo * first_scale;
  values.lo.hi = loose.hi.lo * first_scale;
  values.hi.lo = loose.lo.hi * second_scale;
  values.hi.hi = loose.hi.hi * second_scale;
  return values;
}

/// The squared distance of each magnitude to the nearest multiple of its scale that codes stand for.
INGOT_VECTOR ingot_f32x8 ingot_squared_e2m1_error(ingot_f32x8 magnitude, ingot_f32x8 scales) {
  ingot_f32x8 safe = ingot_nan_if_zero(scales);
  ingot_i32x8 half = (ingot_i32x8)(0.5f * scales);
  ingot_i32x8 one = (ingot_i32x8)scales;
  ingot_i32x8 two = (ingot_i32x8)(scales + scales);
  // The sums of steps are exact, so their order does not matter.
  ingot_f32x8 low = (ingot_f32x8)(half & (magnitude > 0.25f * safe)) +
                    (ingot_f32x8)(half & (magnitude >= 0.75f * safe));
  ingot_f32x8 middle = (ingot_f32x8)(half & (magnitude > 1.25f * safe)) +
                       (ingot_f32x8)(half & (magnitude >= 1.75f * safe));
  ingot_f32x8 high = (ingot_f32x8)(one & (magnitude > 2.5f * safe)) +
                     (ingot_f32x8)(one & (magnitude >= 3.5f * safe));
  high += (ingot_f32x8)(two & (magnitude > 5 * safe));
  ingot_f32x8 error = magnitude - ((low + middle) + high);
  return error * error;
}

INGOT_VECTOR ingot_f32x8 ingot_eight_sum(ingot_f32x8 a, ingot_f32x8 b) { return a + b; }
INGOT_VECTOR ingot_f32x8 ingot_eight_product(ingot_f32x8 a, ingot_f32x8 b) { return a * b; }
INGOT_VECTOR ingot_f32x8 ingot_lower_of_eight(ingot_f32x8 a, ingot_f32x8 b) {
  return a < b ? a : b;
}

/// `candidates` where `errors` is below `lowest`, otherwise `best`.
INGOT_VECTOR ingot_i32x8 ingot_better_scales(
    ingot_i32x8 best, ingot_f32x8 lowest, ingot_i32x8 candidates, ingot_f32x8 errors) {
  return errors < lowest ? candidates : best;
}

/// Element `index` of each of eight groups of 16 values.
INGOT_VECTOR ingot_f32x8 ingot_across_sixteens(const void *_Nonnull values, int64_t index) {
  const char *first = (const char *)values + 4 * index;
  ingot_f32x8 column;
  for (int lane = 0; lane < 8; lane++) column[lane] = ingot_load_f32(first + 64 * lane);
  return column;
}

#endif
