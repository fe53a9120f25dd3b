/// Vector one-liners for what the Swift standard library does lane by lane or out of line.
///
/// Everything is inlined into each build of the kernels and compiled with that build's
/// instructions. Vectors are as wide as a block; the compiler splits them into registers. Plain
/// IEEE operations only: no statement multiplies and adds, so nothing can be contracted.
/// Conversions from float to integer are undefined outside the integer's range: callers keep to it.

#ifndef INGOT_VECTORS_H
#define INGOT_VECTORS_H

#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Nothing here is called, so how wide vectors would be passed between objects is moot.
#pragma clang diagnostic ignored "-Wpsabi"

#define INGOT_VECTOR static inline __attribute__((always_inline))

typedef float ingot_f32x8 __attribute__((ext_vector_type(8)));
typedef double ingot_f64x8 __attribute__((ext_vector_type(8)));
typedef int32_t ingot_i32x8 __attribute__((ext_vector_type(8)));
typedef uint16_t ingot_u16x8 __attribute__((ext_vector_type(8)));
typedef uint32_t ingot_u32x8 __attribute__((ext_vector_type(8)));
typedef uint8_t ingot_u8x8 __attribute__((ext_vector_type(8)));
typedef uint8_t ingot_u8x16 __attribute__((ext_vector_type(16)));
typedef uint16_t ingot_u16x32 __attribute__((ext_vector_type(32)));
typedef float ingot_f32x32 __attribute__((ext_vector_type(32)));
typedef int32_t ingot_i32x32 __attribute__((ext_vector_type(32)));
typedef uint8_t ingot_u8x32 __attribute__((ext_vector_type(32)));
typedef int8_t ingot_i8x32 __attribute__((ext_vector_type(32)));

// Members of structures: Swift imports none that is aligned to more than 16 bytes.

typedef ingot_f32x8 ingot_f32x8_member __attribute__((aligned(16)));
typedef ingot_f64x8 ingot_f64x8_member __attribute__((aligned(16)));
typedef ingot_i32x8 ingot_i32x8_member __attribute__((aligned(16)));
typedef ingot_u32x8 ingot_u32x8_member __attribute__((aligned(16)));

// Loads and stores at any address.

#define INGOT_MEMORY(name, type)                                             \
  INGOT_VECTOR type ingot_load_##name(const void *_Nonnull address) {        \
    type value;                                                              \
    __builtin_memcpy(&value, address, sizeof value);                         \
    return value;                                                            \
  }                                                                          \
  INGOT_VECTOR void ingot_store_##name(void *_Nonnull address, type value) { \
    __builtin_memcpy(address, &value, sizeof value);                         \
  }

INGOT_MEMORY(f32, float)
INGOT_MEMORY(u16, uint16_t)
INGOT_MEMORY(u32, uint32_t)
INGOT_MEMORY(f32x8, ingot_f32x8)
INGOT_MEMORY(f64x8, ingot_f64x8)
INGOT_MEMORY(u8x16, ingot_u8x16)
INGOT_MEMORY(u8x32, ingot_u8x32)
INGOT_MEMORY(u16x32, ingot_u16x32)
INGOT_MEMORY(f32x32, ingot_f32x32)

// Arithmetic on blocks.

INGOT_VECTOR ingot_f32x32 ingot_multiply(ingot_f32x32 a, float b) { return a * b; }
INGOT_VECTOR ingot_f32x32 ingot_add(ingot_f32x32 a, float b) { return a + b; }
INGOT_VECTOR ingot_f32x32 ingot_subtract(ingot_f32x32 a, float b) { return a - b; }

/// NaNs become the one with the bits 0x7FC00000.
INGOT_VECTOR ingot_f32x32 ingot_canonical_nan(ingot_f32x32 a) {
  return a == a ? a : (ingot_f32x32)(ingot_i32x32)(0x7FC00000);
}

/// The highest lane.
INGOT_VECTOR int32_t ingot_highest_lane(ingot_i32x32 a) { return __builtin_reduce_max(a); }

/// Each lane raised to the magnitude of that lane of `values`, as bits.
INGOT_VECTOR ingot_i32x32 ingot_raise_to_magnitude_bits(ingot_i32x32 a, ingot_f32x32 values) {
  ingot_i32x32 magnitude = (ingot_i32x32)values & 0x7FFFFFFF;
  return a > magnitude ? a : magnitude;
}

/// Bit i is the lowest bit of lane i.
INGOT_VECTOR uint8_t ingot_mask_of_eight(ingot_i32x8 lanes) {
  typedef _Bool ingot_bool8 __attribute__((ext_vector_type(8)));
  return __builtin_bit_cast(uint8_t, __builtin_convertvector(lanes, ingot_bool8));
}

// The sums of an error measurement. The values i, i + 8, i + 16 and i + 24 of a block fall into lane
// i of eight; see `ErrorSums` for how they are added.

INGOT_VECTOR ingot_f32x32 ingot_difference(ingot_f32x32 a, ingot_f32x32 b) { return a - b; }

INGOT_VECTOR ingot_f64x8 ingot_exact_square(ingot_f32x8 a) {
  ingot_f64x8 wide = __builtin_convertvector(a, ingot_f64x8);
  return wide * wide;
}

/// Puts the sums of four squares in F64 in the place of those lanes of `sums` that are not `inside`.
/// Not inlined: it is seldom called and would take the registers of who calls it.
static __attribute__((noinline, unused)) void ingot_replace_by_exact_squares(
    ingot_f64x8 *_Nonnull sums, const ingot_f32x32 *_Nonnull values,
    const ingot_i32x8 *_Nonnull inside) {
  typedef int64_t i64x8 __attribute__((ext_vector_type(8)));
  ingot_f32x32 a = *values;
  ingot_f64x8 first = ingot_exact_square(a.lo.lo) + ingot_exact_square(a.lo.hi);
  ingot_f64x8 second = ingot_exact_square(a.hi.lo) + ingot_exact_square(a.hi.hi);
  ingot_f64x8 exact = first + second;
  *sums = __builtin_convertvector(*inside, i64x8) != 0 ? *sums : exact;
}

/// The sum of four squares in each lane.
INGOT_VECTOR ingot_f32x8 ingot_sums_of_squares(ingot_f32x32 a) {
  ingot_f32x32 square = a * a;
  ingot_f32x8 first = square.lo.lo + square.lo.hi;
  ingot_f32x8 second = square.hi.lo + square.hi.hi;
  return first + second;
}

INGOT_VECTOR ingot_f64x8 ingot_add_squares(ingot_f64x8 sums, ingot_f32x32 a) {
  ingot_f32x8 four = ingot_sums_of_squares(a);
  ingot_f64x8 wide = __builtin_convertvector(four, ingot_f64x8);
  // As bits, so that a NaN of either sign is outside.
  ingot_i32x8 bits = (ingot_i32x8)four;
  ingot_i32x8 inside = (bits > 0x12800000) & (bits < 0x7F800000);
  if (__builtin_expect(ingot_mask_of_eight(inside) != 0xFF, 0)) {
    // Copies, so that only this path has them in memory.
    ingot_f64x8 replaced = wide;
    ingot_f32x32 values = a;
    ingot_i32x8 lanes = inside;
    ingot_replace_by_exact_squares(&replaced, &values, &lanes);
    wide = replaced;
  }
  return sums + wide;
}

/// Each lane raised to the magnitudes that fall into it; a NaN raises nothing.
INGOT_VECTOR ingot_f32x8 ingot_raise_to_magnitudes(ingot_f32x8 highest, ingot_f32x32 a) {
  ingot_f32x32 magnitude = (ingot_f32x32)((ingot_i32x32)a & 0x7FFFFFFF);
  highest = magnitude.lo.lo > highest ? magnitude.lo.lo : highest;
  highest = magnitude.lo.hi > highest ? magnitude.lo.hi : highest;
  highest = magnitude.hi.lo > highest ? magnitude.hi.lo : highest;
  return magnitude.hi.hi > highest ? magnitude.hi.hi : highest;
}

// Codes: one small integer a lane.

INGOT_VECTOR ingot_f32x32 ingot_floats(ingot_i32x32 codes) {
  return __builtin_convertvector(codes, ingot_f32x32);
}

/// Rounded to nearest, halves away from zero; |a| < 2^22.
///
/// Adding the float below one half and truncating does it: adding one half itself would round
/// 0.49999997 up to 1 in the addition.
INGOT_VECTOR ingot_i32x32 ingot_round_half_away(ingot_f32x32 a) {
  ingot_i32x32 half = ((ingot_i32x32)a & (int32_t)0x80000000) | 0x3EFFFFFF;
  return __builtin_convertvector(a + (ingot_f32x32)half, ingot_i32x32);
}

/// Truncated, and at most `limit`, which is whole.
INGOT_VECTOR ingot_i32x32 ingot_truncate(ingot_f32x32 a, float limit) {
  ingot_f32x32 limits = (ingot_f32x32)limit;
  return __builtin_convertvector(a < limits ? a : limits, ingot_i32x32);
}

/// Truncated, whatever `a` is: what is outside the range of the integers becomes the lowest.
INGOT_VECTOR ingot_i32x32 ingot_integers(ingot_f32x32 a) {
  ingot_i32x32 result;
#if defined(__AVX2__)
  result.lo.lo = (ingot_i32x8)_mm256_cvttps_epi32((__m256)a.lo.lo);
  result.lo.hi = (ingot_i32x8)_mm256_cvttps_epi32((__m256)a.lo.hi);
  result.hi.lo = (ingot_i32x8)_mm256_cvttps_epi32((__m256)a.hi.lo);
  result.hi.hi = (ingot_i32x8)_mm256_cvttps_epi32((__m256)a.hi.hi);
#elif defined(__SSE2__)
  __m128 floats[8];
  __m128i integers[8];
  __builtin_memcpy(floats, &a, sizeof a);
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) integers[i] = _mm_cvttps_epi32(floats[i]);
  __builtin_memcpy(&result, integers, sizeof result);
#else
  for (int lane = 0; lane < 32; lane++) {
    _Bool is_inside = a[lane] >= -0x1p31f && a[lane] < 0x1p31f;
    result[lane] = is_inside ? (int32_t)a[lane] : INT32_MIN;
  }
#endif
  return result;
}

INGOT_VECTOR ingot_i32x32 ingot_at_most(ingot_i32x32 a, int32_t limit) {
  ingot_i32x32 limits = (ingot_i32x32)limit;
  return a < limits ? a : limits;
}

/// Codes in 0..<2^23 as floats, less a whole number in that range.
INGOT_VECTOR ingot_f32x32 ingot_floats_less(ingot_i32x32 codes, float subtrahend) {
  // 2^23, whose last bit is worth one.
  return (ingot_f32x32)(codes | 0x4B000000) - (8388608.0f + subtrahend);
}

/// Codes in -128...127 as bytes, in order.
INGOT_VECTOR ingot_u8x32 ingot_bytes(ingot_i32x32 codes) {
#if defined(__AVX2__)
  __m256i low = _mm256_packs_epi32((__m256i)codes.lo.lo, (__m256i)codes.lo.hi);
  __m256i high = _mm256_packs_epi32((__m256i)codes.hi.lo, (__m256i)codes.hi.hi);
  __m256i bytes = _mm256_packs_epi16(low, high);
  // The packs work within 128-bit halves and leave runs of four bytes interleaved.
  return (ingot_u8x32)_mm256_permutevar8x32_epi32(
      bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
#else
  return __builtin_convertvector(codes, ingot_u8x32);
#endif
}

INGOT_VECTOR ingot_i32x32 ingot_codes_from_signed(ingot_u8x32 bytes) {
  return __builtin_convertvector((ingot_i8x32)bytes, ingot_i32x32);
}

INGOT_VECTOR ingot_i32x32 ingot_codes_from_unsigned(ingot_u8x32 bytes) {
  return __builtin_convertvector(bytes, ingot_i32x32);
}

// Nibbles as ggml packs them: byte j has the code of element j below, of element j + 16 above.

INGOT_VECTOR ingot_u8x16 ingot_pack_nibbles(ingot_u8x32 codes) {
  return (codes.lo & 15) | (codes.hi << 4);
}

INGOT_VECTOR ingot_u8x32 ingot_unpack_nibbles(ingot_u8x16 nibbles) {
  ingot_u8x32 codes;
  codes.lo = nibbles & 15;
  codes.hi = nibbles >> 4;
  return codes;
}

/// Codes in 0...15 as nibbles.
INGOT_VECTOR ingot_u8x16 ingot_nibbles(ingot_i32x32 codes) {
#if defined(__AVX2__)
  __m256i low = _mm256_packs_epi32((__m256i)codes.lo.lo, (__m256i)codes.lo.hi);
  __m256i high = _mm256_packs_epi32((__m256i)codes.hi.lo, (__m256i)codes.hi.hi);
  __m256i both = _mm256_or_si256(low, _mm256_slli_epi16(high, 4));
  __m128i bytes = _mm_packus_epi16(
      _mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  // The pack of 32 bits works within 128-bit halves and leaves runs of four interleaved.
  return (ingot_u8x16)_mm_shuffle_epi32(bytes, 0xD8);
#else
  return ingot_pack_nibbles(ingot_bytes(codes));
#endif
}

/// Bit i is bit 4 of byte i.
INGOT_VECTOR uint32_t ingot_pack_fifth_bits(ingot_u8x32 codes) {
  typedef _Bool ingot_bool32 __attribute__((ext_vector_type(32)));
  return __builtin_bit_cast(
      uint32_t, __builtin_convertvector((codes & 16) != 0, ingot_bool32));
}

/// `codes` with bit 4 of code i set where bit i of `bits` is.
INGOT_VECTOR ingot_u8x32 ingot_with_fifth_bits(ingot_u8x32 codes, uint32_t bits) {
  ingot_u8x32 bytes;
#if defined(__SSE2__)
  __m128i word = _mm_cvtsi32_si128((int32_t)bits);
  word = _mm_unpacklo_epi8(word, word);
  word = _mm_unpacklo_epi16(word, word);
  bytes.lo = (ingot_u8x16)_mm_shuffle_epi32(word, 0x50);
  bytes.hi = (ingot_u8x16)_mm_shuffle_epi32(word, 0xFA);
#else
  for (int lane = 0; lane < 32; lane++) bytes[lane] = (uint8_t)(bits >> (lane & 24));
#endif
  ingot_u8x32 lanes = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128,
                       1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  return (bytes & lanes) != 0 ? codes | 16 : codes;
}

#endif
