/// What the types of one and two bits and of trits need: comparisons instead of roundings, and
/// packing of neighbours into bytes.

#ifndef INGOT_TERNARY_H
#define INGOT_TERNARY_H

#include "small_floats.h"

/// `a` × `inverse` rounded to nearest, halves away from zero, plus 1; |a × inverse| < 1.5.
INGOT_VECTOR ingot_u8x32 ingot_trits(ingot_f32x32 a, float inverse) {
  ingot_f32x32 scaled = a * inverse;
  // A comparison is -1 in each lane where it holds.
  return ingot_bytes(1 - (scaled >= 0.5f) + (scaled <= -0.5f));
}

/// Numbers below 81 with one more trit at the end.
INGOT_VECTOR ingot_u8x32 ingot_append_trits(ingot_u8x32 numbers, ingot_u8x32 trits) {
  return numbers + numbers + numbers + trits;
}

/// ⌈number × 256 / 243⌉: multiplying it by 3 again and again carries one trit after the other out
/// of the byte.
INGOT_VECTOR ingot_u8x32 ingot_trit_bytes(ingot_u8x32 numbers) {
  ingot_u16x32 wide = __builtin_convertvector(numbers, ingot_u16x32);
  return __builtin_convertvector((wide * 256 + 242) / 243, ingot_u8x32);
}

/// The last 96 trits of TQ1_0: five for each of 16 bytes, then four for each of 4 bytes, of 32 trits
/// in `c` the upper half; the 12 bytes after these 20 are 0.
INGOT_VECTOR ingot_u8x32 ingot_last_trit_bytes(ingot_u8x32 a, ingot_u8x32 b, ingot_u8x32 c) {
  ingot_u8x16 numbers = a.lo * 3 + a.hi;
  numbers = numbers * 3 + b.lo;
  numbers = numbers * 3 + b.hi;
  numbers = numbers * 3 + c.lo;
  ingot_u8x16 first = __builtin_shufflevector(c.hi, c.hi, 0, 1, 2, 3, -1, -1, -1, -1, -1, -1, -1,
                                              -1, -1, -1, -1, -1);
  ingot_u8x16 second = __builtin_shufflevector(c.hi, c.hi, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1,
                                               -1, -1, -1, -1, -1);
  ingot_u8x16 third = __builtin_shufflevector(c.hi, c.hi, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1,
                                              -1, -1, -1, -1, -1);
  ingot_u8x16 fourth = __builtin_shufflevector(c.hi, c.hi, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1,
                                               -1, -1, -1, -1, -1, -1);
  ingot_u8x16 fours = (((first * 3 + second) * 3 + third) * 3 + fourth) * 3;
  ingot_u8x32 all;
  all.lo = numbers;
  all.hi = fours;
  return ingot_trit_bytes(all);
}

/// The first trit of each byte.
INGOT_VECTOR ingot_u8x32 ingot_leading_trits(ingot_u8x32 bytes) {
  // A comparison is 255 in each lane where it holds, and 256 / 3 and 512 / 3 are not whole.
  return -(ingot_u8x32)(bytes > 85) - (ingot_u8x32)(bytes > 170);
}

/// What is left of bytes without their first trit.
INGOT_VECTOR ingot_u8x32 ingot_without_leading_trits(ingot_u8x32 bytes) {
  return bytes + bytes + bytes;
}

/// Bytes 0 to 15 twice, the second time without the first trit.
INGOT_VECTOR ingot_u8x32 ingot_trit_bytes_and_next(ingot_u8x16 bytes) {
  ingot_u8x32 both;
  both.lo = bytes;
  both.hi = bytes * 3;
  return both;
}

/// 16 bytes with four trits gone, then 4 other bytes with none, one, two and three trits gone.
INGOT_VECTOR ingot_u8x32 ingot_last_trit_sources(ingot_u8x16 bytes, uint32_t four) {
  ingot_u8x16 powers = {1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27};
  typedef uint32_t ingot_u32x4 __attribute__((ext_vector_type(4)));
  ingot_u8x32 both;
  both.lo = bytes * 81;
  both.hi = (ingot_u8x16)(ingot_u32x4)four * powers;
  return both;
}

/// (code - 1) × `scale`.
INGOT_VECTOR ingot_f32x32 ingot_scaled_trits(ingot_u8x32 codes, float scale) {
  return ingot_floats(ingot_codes_from_signed(codes - 1)) * scale;
}

/// Codes of two bits: lane i of the four vectors makes byte i, the first one lowest.
INGOT_VECTOR ingot_u8x32 ingot_pack_quarters(
    ingot_u8x32 a, ingot_u8x32 b, ingot_u8x32 c, ingot_u8x32 d) {
  return a | b << 2 | c << 4 | d << 6;
}

/// The two bits of each byte at `shift`.
INGOT_VECTOR ingot_u8x32 ingot_quarter(ingot_u8x32 bytes, uint8_t shift) {
  return (bytes >> shift) & 3;
}

/// Codes of two bits: four neighbours make a byte, the first one lowest.
INGOT_VECTOR ingot_u8x8 ingot_pack_neighbours(ingot_u8x32 codes) {
  ingot_u32x8 words = (ingot_u32x8)codes;
  words = words | words >> 6;
  words = (words | words >> 12) & 0xFF;
  return __builtin_convertvector(words, ingot_u8x8);
}

INGOT_VECTOR ingot_u8x32 ingot_unpack_neighbours(ingot_u8x8 bytes) {
  ingot_u32x8 words = __builtin_convertvector(bytes, ingot_u32x8);
  words = words | words << 12;
  words = (words | words << 6) & 0x03030303;
  return (ingot_u8x32)words;
}

INGOT_MEMORY(eight_bytes, ingot_u8x8)

INGOT_VECTOR void ingot_store_first_20(void *_Nonnull address, ingot_u8x32 bytes) {
  __builtin_memcpy(address, &bytes, 20);
}

/// Bit i is set where lane i is 0 or above, a zero with a minus sign included.
INGOT_VECTOR uint32_t ingot_lanes_not_negative(ingot_f32x32 a) {
  typedef _Bool ingot_bool32 __attribute__((ext_vector_type(32)));
  return __builtin_bit_cast(uint32_t, __builtin_convertvector(a >= 0, ingot_bool32));
}

/// `scale` where the bit is set and -`scale` elsewhere.
INGOT_VECTOR ingot_f32x32 ingot_scale_with_signs(float scale, uint32_t bits) {
  ingot_u8x32 codes = ingot_with_fifth_bits((ingot_u8x32)0, bits ^ 0xFFFFFFFF);
  ingot_i32x32 signs = ingot_codes_from_unsigned(codes) << 27;
  return (ingot_f32x32)(signs ^ (ingot_i32x32)(ingot_f32x32)scale);
}

/// Writes one F32 as F16.
INGOT_VECTOR void ingot_store_as_f16(void *_Nonnull address, float a) {
  ingot_store_u16(address, ingot_eight_f16_from_f32((ingot_f32x8)a)[0]);
}

#endif
