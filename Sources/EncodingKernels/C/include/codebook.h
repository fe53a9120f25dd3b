/// The 16 values of IQ4_NL and IQ4_XS in lanes: finding the nearest, and looking them up.

#ifndef INGOT_CODEBOOK_H
#define INGOT_CODEBOOK_H

#include "sub_blocks.h"

/// Lane i is `low`[code i], or `high`[code i - 8] from 8 on; codes are in 0...15.
INGOT_VECTOR ingot_f32x8 ingot_look_up(ingot_f32x8 low, ingot_f32x8 high, ingot_i32x8 codes) {
#if defined(__AVX2__)
  __m256 below = _mm256_permutevar8x32_ps((__m256)low, (__m256i)codes);
  __m256 above = _mm256_permutevar8x32_ps((__m256)high, (__m256i)codes);
  return (ingot_f32x8)_mm256_blendv_ps(below, above, (__m256)(codes << 28));
#else
  float table[16];
  ingot_store_f32x8(table, low);
  ingot_store_f32x8(table + 8, high);
  ingot_f32x8 result;
  for (int lane = 0; lane < 8; lane++) result[lane] = table[codes[lane] & 15];
  return result;
#endif
}

/// The values with these codes.
INGOT_VECTOR ingot_f32x8 ingot_iq4_values(ingot_i32x8 codes) {
  ingot_f32x8 low = {-127, -104, -83, -65, -49, -35, -22, -10};
  ingot_f32x8 high = {1, 13, 25, 38, 53, 69, 89, 113};
  return ingot_look_up(low, high, codes);
}

/// Where the next code begins: half way to the next value; infinity after the last.
INGOT_VECTOR ingot_f32x8 ingot_iq4_bounds(ingot_i32x8 codes) {
  ingot_f32x8 low = {-115.5f, -93.5f, -74, -57, -42, -28.5f, -16, -4.5f};
  ingot_f32x8 high = {7, 19, 31.5f, 45.5f, 61, 79, 101, __builtin_inff()};
  return ingot_look_up(low, high, codes);
}

/// The codes of the values nearest to `a`, the higher of two; 15 for NaN.
INGOT_VECTOR ingot_i32x8 ingot_iq4_codes(ingot_f32x8 a) {
#if defined(__AVX2__)
  // A binary search: one bit of the code after the other.
  ingot_i32x8 is_above = ingot_is_not_below(a, ingot_all(-4.5f));
  ingot_f32x8 bound = ingot_choose(is_above, ingot_all(45.5f), ingot_all(-57));
  ingot_i32x8 codes = (is_above & 2) - ingot_is_not_below(a, bound);
  ingot_f32x8 second = {-93.5f, -28.5f, 19, 79, -93.5f, -28.5f, 19, 79};
  bound = (ingot_f32x8)_mm256_permutevar8x32_ps((__m256)second, (__m256i)codes);
  codes = (codes << 1) - ingot_is_not_below(a, bound);
  ingot_f32x8 first = {-115.5f, -74, -42, -16, 7, 31.5f, 61, 101};
  bound = (ingot_f32x8)_mm256_permutevar8x32_ps((__m256)first, (__m256i)codes);
  return (codes << 1) - ingot_is_not_below(a, bound);
#else
  static const float bounds[15] = {-115.5f, -93.5f, -74,   -57,   -42, -28.5f, -16, -4.5f,
                                   7,       19,     31.5f, 45.5f, 61,  79,     101};
  ingot_i32x8 codes = 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < 15; i++) codes -= ingot_is_not_below(a, ingot_all(bounds[i]));
  return codes;
#endif
}

/// The threshold next to each lane away from zero, as the code below it: the one that a lane passes
/// first if it grows.
INGOT_VECTOR ingot_i32x8 ingot_iq4_outer_bounds(ingot_f32x8 a) {
  ingot_i32x8 codes = ingot_iq4_codes(a) + (a < 0);
  return codes > 0 ? codes : (ingot_i32x8)0;
}

INGOT_VECTOR ingot_i32x8 ingot_next_codes(ingot_i32x8 codes) { return (codes + 1) & 15; }

/// The values with these codes as signed bytes.
INGOT_VECTOR ingot_u8x16 ingot_sixteen_iq4_values(ingot_u8x16 codes) {
  ingot_u8x16 values = {(uint8_t)-127, (uint8_t)-104, (uint8_t)-83, (uint8_t)-65,
                        (uint8_t)-49,  (uint8_t)-35,  (uint8_t)-22, (uint8_t)-10,
                        1,             13,            25,           38,
                        53,            69,            89,           113};
#if defined(__SSSE3__)
  return (ingot_u8x16)_mm_shuffle_epi8((__m128i)values, (__m128i)codes);
#else
  uint8_t table[16];
  __builtin_memcpy(table, &values, sizeof table);
  ingot_u8x16 result;
  for (int lane = 0; lane < 16; lane++) result[lane] = table[codes[lane] & 15];
  return result;
#endif
}

/// The values that 16 bytes of nibbles stand for.
INGOT_VECTOR ingot_f32x32 ingot_iq4_block(ingot_u8x16 nibbles) {
  ingot_u8x32 bytes;
  bytes.lo = ingot_sixteen_iq4_values(nibbles & 15);
  bytes.hi = ingot_sixteen_iq4_values(nibbles >> 4);
  return ingot_floats(ingot_codes_from_signed(bytes));
}

/// The nibbles of 32 values, each multiplied by `inverse`.
INGOT_VECTOR ingot_u8x16 ingot_iq4_nibbles(const void *_Nonnull values, float inverse) {
  const char *source = (const char *)values;
  ingot_f32x8 factor = ingot_all(inverse);
  ingot_i32x32 codes = ingot_join(
      ingot_iq4_codes(factor * ingot_load_f32x8(source)),
      ingot_iq4_codes(factor * ingot_load_f32x8(source + 32)),
      ingot_iq4_codes(factor * ingot_load_f32x8(source + 64)),
      ingot_iq4_codes(factor * ingot_load_f32x8(source + 96)));
  return ingot_pack_nibbles(ingot_bytes(codes));
}

#endif
