/// What the encoders find out about a batch: eight blocks of 32 values. Results have one lane a
/// block.
///
/// The scale of a block takes two divisions, one after the other; for eight blocks at once they
/// take no longer than for one.

#ifndef INGOT_BATCHES_H
#define INGOT_BATCHES_H

#include "small_floats.h"

#define INGOT_HIGHER(a, b) ((a) > (b) ? (a) : (b))
#define INGOT_LOWER(a, b) ((a) < (b) ? (a) : (b))

/// Defines `ingot_fold_NAME`, which reduces each of eight blocks to one lane by `choose`, an
/// operation on `type` in which the order of operands does not matter: the four vectors of a block
/// to one, then eight vectors to one in three rounds of transposition. `prepare` makes a `type` of
/// eight floats.
#define INGOT_FOLD(name, type, prepare, choose)                                           \
  INGOT_VECTOR type ingot_fold_block_##name(const char *_Nonnull block) {                 \
    type a = prepare(ingot_load_f32x8(block)), b = prepare(ingot_load_f32x8(block + 32)); \
    type c = prepare(ingot_load_f32x8(block + 64));                                       \
    type d = prepare(ingot_load_f32x8(block + 96));                                       \
    a = choose(a, b);                                                                     \
    c = choose(c, d);                                                                     \
    return choose(a, c);                                                                  \
  }                                                                                       \
  INGOT_VECTOR type ingot_fold_pair_##name(const char *_Nonnull block) {                  \
    type a = ingot_fold_block_##name(block), b = ingot_fold_block_##name(block + 128);    \
    type low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);                   \
    type high = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);                \
    return choose(low, high);                                                             \
  }                                                                                       \
  INGOT_VECTOR type ingot_fold_four_##name(const char *_Nonnull block) {                  \
    type a = ingot_fold_pair_##name(block), b = ingot_fold_pair_##name(block + 256);      \
    type low = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);                   \
    type high = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);                \
    return choose(low, high);                                                             \
  }                                                                                       \
  INGOT_VECTOR type ingot_fold_##name(const void *_Nonnull batch) {                       \
    type a = ingot_fold_four_##name(batch);                                               \
    type b = ingot_fold_four_##name((const char *)batch + 512);                           \
    type low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);                   \
    type high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);                \
    return choose(low, high);                                                             \
  }

#define INGOT_AS_FLOATS(a) (a)
#define INGOT_AS_MAGNITUDE_BITS(a) ((ingot_i32x8)(a) & 0x7FFFFFFF)

INGOT_FOLD(magnitude, ingot_i32x8, INGOT_AS_MAGNITUDE_BITS, INGOT_HIGHER)
INGOT_FOLD(highest, ingot_f32x8, INGOT_AS_FLOATS, INGOT_HIGHER)
INGOT_FOLD(lowest, ingot_f32x8, INGOT_AS_FLOATS, INGOT_LOWER)

/// The highest magnitude of each block, as bits. NaN is above infinity and infinity above every
/// number, in whatever order lanes are compared.
INGOT_VECTOR ingot_i32x8 ingot_highest_magnitudes(const void *_Nonnull batch) {
  return ingot_fold_magnitude(batch);
}

// Both signs in one fold: the 32 vectors of a batch do not stay in registers for a second one.

/// The bits of the highest of the positive values of each block, and of the lowest of the negative
/// ones; where there are none, of another value.
typedef struct {
  ingot_i32x8_member positive;
  ingot_u32x8_member negative;
} ingot_signs;

INGOT_VECTOR ingot_signs ingot_signs_of_block(const char *_Nonnull block) {
  ingot_i32x8 a = (ingot_i32x8)ingot_load_f32x8(block);
  ingot_i32x8 b = (ingot_i32x8)ingot_load_f32x8(block + 32);
  ingot_i32x8 c = (ingot_i32x8)ingot_load_f32x8(block + 64);
  ingot_i32x8 d = (ingot_i32x8)ingot_load_f32x8(block + 96);
  ingot_i32x8 first = INGOT_HIGHER(a, b), second = INGOT_HIGHER(c, d);
  ingot_u32x8 third = INGOT_HIGHER((ingot_u32x8)a, (ingot_u32x8)b);
  ingot_u32x8 fourth = INGOT_HIGHER((ingot_u32x8)c, (ingot_u32x8)d);
  return (ingot_signs){INGOT_HIGHER(first, second), INGOT_HIGHER(third, fourth)};
}

#define INGOT_HIGHER_SIGNS(a, b, low, high)                                                  \
  ingot_i32x8 p = __builtin_shufflevector(a.positive, b.positive, INGOT_LANES low);          \
  ingot_i32x8 q = __builtin_shufflevector(a.positive, b.positive, INGOT_LANES high);         \
  ingot_u32x8 m = __builtin_shufflevector(a.negative, b.negative, INGOT_LANES low);          \
  ingot_u32x8 n = __builtin_shufflevector(a.negative, b.negative, INGOT_LANES high);         \
  return (ingot_signs){INGOT_HIGHER(p, q), INGOT_HIGHER(m, n)};
#define INGOT_LANES(...) __VA_ARGS__

INGOT_VECTOR ingot_signs ingot_signs_of_pair(const char *_Nonnull block) {
  ingot_signs a = ingot_signs_of_block(block), b = ingot_signs_of_block(block + 128);
  INGOT_HIGHER_SIGNS(a, b, (0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15))
}

INGOT_VECTOR ingot_signs ingot_signs_of_four(const char *_Nonnull block) {
  ingot_signs a = ingot_signs_of_pair(block), b = ingot_signs_of_pair(block + 256);
  INGOT_HIGHER_SIGNS(a, b, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15))
}

INGOT_VECTOR ingot_signs ingot_signs_of_batch(const void *_Nonnull batch) {
  ingot_signs a = ingot_signs_of_four(batch);
  ingot_signs b = ingot_signs_of_four((const char *)batch + 512);
  INGOT_HIGHER_SIGNS(a, b, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))
}

/// The highest value; meaningless for a block with a NaN, and the sign of a zero is arbitrary.
INGOT_VECTOR ingot_f32x8 ingot_highest_values(const void *_Nonnull batch) {
  return ingot_fold_highest(batch);
}

/// The lowest value; meaningless for a block with a NaN, and the sign of a zero is arbitrary.
INGOT_VECTOR ingot_f32x8 ingot_lowest_values(const void *_Nonnull batch) {
  return ingot_fold_lowest(batch);
}

/// The first value of one block whose magnitude has these bits; there is one.
INGOT_VECTOR float ingot_first_of_magnitude(const void *_Nonnull block, int32_t bits) {
  typedef _Bool ingot_bool32 __attribute__((ext_vector_type(32)));
  ingot_i32x32 is_equal = ((ingot_i32x32)ingot_load_f32x32(block) & 0x7FFFFFFF) == bits;
  uint32_t lanes = __builtin_bit_cast(uint32_t, __builtin_convertvector(is_equal, ingot_bool32));
  return ingot_load_f32((const char *)block + 4 * __builtin_ctz(lanes));
}

/// The value of highest magnitude of each block, the first of equals; +0 for a block of zeros.
INGOT_VECTOR ingot_f32x8 ingot_peaks(const void *_Nonnull batch) {
  ingot_signs signs = ingot_signs_of_batch(batch);
  ingot_i32x8 positives = signs.positive, negatives = (ingot_i32x8)signs.negative;
  positives = positives > 0 ? positives : (ingot_i32x8)0;
  ingot_i32x8 magnitudes = negatives < 0 ? negatives & 0x7FFFFFFF : (ingot_i32x8)0;
  ingot_i32x8 signed_magnitudes = magnitudes | (int32_t)0x80000000;
  ingot_f32x8 peaks = (ingot_f32x8)(magnitudes > positives ? signed_magnitudes : positives);
  uint8_t ties = ingot_mask_of_eight(positives == magnitudes);
  if (__builtin_expect(ties != 0, 0)) {
    for (int i = 0; i < 8; i++) {
      // Among zeros the peak is the one without a sign, which it is already.
      if ((ties & 1 << i) && positives[i] != 0) {
        peaks[i] = ingot_first_of_magnitude((const char *)batch + 128 * i, positives[i]);
      }
    }
  }
  return peaks;
}

INGOT_VECTOR ingot_f32x8 ingot_eight_from_bits(ingot_i32x8 a) { return (ingot_f32x8)a; }
INGOT_VECTOR ingot_f32x8 ingot_divide_eight(ingot_f32x8 a, float b) { return a / b; }

INGOT_VECTOR ingot_i32x8 ingot_magnitude_bits_of_eight(ingot_f32x8 a) {
  return (ingot_i32x8)a & 0x7FFFFFFF;
}

/// |a - b|.
INGOT_VECTOR ingot_f32x8 ingot_distances(ingot_f32x8 a, ingot_f32x8 b) {
  return (ingot_f32x8)((ingot_i32x8)(a - b) & 0x7FFFFFFF);
}

/// 1 / a; 0 where that is not finite.
INGOT_VECTOR ingot_f32x8 ingot_reciprocals(ingot_f32x8 a) {
  ingot_f32x8 reciprocal = 1 / a;
  ingot_i32x8 magnitude = (ingot_i32x8)reciprocal & 0x7FFFFFFF;
  return magnitude < 0x7F800000 ? reciprocal : (ingot_f32x8)0;
}

/// `a`, or the NaN 0x7FC00000 where the magnitude with these bits is not finite.
INGOT_VECTOR ingot_f32x8 ingot_nan_unless_finite(ingot_f32x8 a, ingot_i32x8 magnitude_bits) {
  return magnitude_bits < 0x7F800000 ? a : (ingot_f32x8)(ingot_i32x8)(0x7FC00000);
}

/// Bit i is set where lane i is a zero of either sign.
INGOT_VECTOR uint8_t ingot_zero_lanes(ingot_f32x8 a) { return ingot_mask_of_eight(a == 0); }

/// Bit i is set where lane i has a scale but no inverse: a block all of whose codes are 0.
INGOT_VECTOR uint8_t ingot_blank_lanes(ingot_f32x8 scales, ingot_f32x8 inverses) {
  return ingot_mask_of_eight((inverses == 0) & (scales != 0));
}

#endif
