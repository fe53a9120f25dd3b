#!/usr/bin/env python3
"""Writes the fixtures of the GGUF container beside this script; the same bytes every time.

valid/NN-name.exact.gguf      read, and laid out again byte for byte
valid/NN-name.rewritten.gguf  read; laid out again, other bytes hold the same index
invalid/NN-name.CODE.REASON.gguf  refused with that code and reason

Numbers are those of the catalogue in FORMAT.md. Files that would be large are made by the tests.
"""
import pathlib
import shutil
import struct

HERE = pathlib.Path(__file__).resolve().parent / "Fixtures"
U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)

# The number of each ggml type, its elements and its bytes in a block.
TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18), 42: (64, 18),
}


def write(folder, name, data):
    (HERE / folder / f"{name}.gguf").write_bytes(data)


def valid(name, data):
    write("valid", name, data)


def malformed(name, reason, data):
    write("invalid", f"{name}.malformed.{reason}", data)


def refused(name, reason, data):
    write("invalid", f"{name}.refused.{reason}", data)


def unsupported(name, reason, data):
    write("invalid", f"{name}.unsupported.{reason}", data)


def text(value, length=None):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(value) if length is None else length) + value


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value


def number(key, kind, code, value):
    return entry(key, kind, struct.pack("<" + code, value))


def array(kind, values, count=None):
    return struct.pack("<IQ", kind, len(values) if count is None else count) + b"".join(values)


def info(name, extents, kind=0, offset=0, rank=None):
    rank = len(extents) if rank is None else rank
    return (
        text(name)
        + struct.pack("<I", rank)
        + b"".join(struct.pack("<Q", extent % 2**64) for extent in extents)
        + struct.pack("<IQ", kind % 2**32, offset))


def file(entries=(), infos=(), data=b"", version=3, magic=b"GGUF", tensors=None, keys=None,
         alignment=32, padded=True):
    tensors = len(infos) if tensors is None else tensors
    keys = len(entries) if keys is None else keys
    header = magic + struct.pack("<IQQ", version, tensors % 2**64, keys % 2**64)
    header += b"".join(entries) + b"".join(infos)
    return header + (bytes(-len(header) % alignment) if padded else b"") + data


def numbers(count):
    return bytes(i % 251 for i in range(count))


NAME = entry("general.name", STRING, text("tiny"))
ONE = info("a", [8])
DATA = numbers(32)


def make_valid():
    valid("01-nothing.rewritten", file(padded=False))
    valid("02-metadata-only.rewritten", file([NAME], padded=False))
    valid("03-metadata-only-padded.exact", file([NAME]))
    scalars = [
        number("t.u8", U8, "B", 255), number("t.i8", I8, "b", -128),
        number("t.u16", U16, "H", 65535), number("t.i16", I16, "h", -32768),
        number("t.u32", U32, "I", 2**32 - 1), number("t.i32", I32, "i", -2**31),
        number("t.f32", F32, "f", 0.5), number("t.false", BOOL, "B", 0),
        number("t.true", BOOL, "B", 1), entry("t.string", STRING, text("häßlich\n")),
        number("t.u64", U64, "Q", 2**64 - 1), number("t.i64", I64, "q", -2**63),
        number("t.f64", F64, "d", -0.25),
    ]
    valid("04-every-value-type.exact", file(scalars, [ONE], DATA))
    arrays = []
    for kind, code in [(U8, "B"), (I8, "b"), (U16, "H"), (I16, "h"), (U32, "I"), (I32, "i"),
                       (F32, "f"), (BOOL, "?"), (U64, "Q"), (I64, "q"), (F64, "d")]:
        arrays.append(
            entry(f"t.array{kind}", ARRAY, array(kind, [struct.pack("<" + code, v) for v in (1, 0)])))
        arrays.append(entry(f"t.empty{kind}", ARRAY, array(kind, [])))
    arrays.append(entry("t.strings", ARRAY, array(STRING, [text("a"), text(""), text("\u0120b")])))
    arrays.append(entry("t.no_strings", ARRAY, array(STRING, [])))
    arrays.append(entry("t.empty_string", STRING, text("")))
    valid("05-every-array-type.exact", file(arrays, [ONE], DATA))
    infos, data = [], b""
    for kind, (elements, size) in TYPES.items():
        infos.append(info(f"blk.{kind}.weight", [elements * 2, 3], kind, len(data)))
        data += numbers(size * 6) + bytes(-size * 6 % 32)
    valid("06-every-ggml-type.exact", file([], infos, data))
    valid("07-version-2.rewritten", file([NAME], [ONE], DATA, version=2))
    for number_of_fixture, alignment in (("08", 64), ("09", 8)):
        pair = [info("a", [3]), info("b", [4], offset=max(alignment, 16))]
        data = numbers(12) + bytes(max(alignment, 16) - 12) + numbers(16)
        data += bytes(-len(data) % alignment)
        valid(
            f"{number_of_fixture}-alignment-{alignment}.rewritten",
            file([number("general.alignment", U32, "I", alignment), NAME], pair, data,
                 alignment=alignment))
    valid("10-no-tail-padding.rewritten", file([], [info("a", [1])], numbers(4)))
    valid("11-half-tail-padding.rewritten", file([], [info("a", [1])], numbers(4) + bytes(13)))
    valid("12-rank-0.exact", file([], [info("a", [])], numbers(4) + bytes(28)))
    valid(
        "13-ranks.exact",
        file([], [info("a", [2, 3, 1, 1]), info("b", [1, 1, 1, 4], offset=32)],
             numbers(24) + bytes(8) + numbers(16) + bytes(16)))
    valid(
        "14-empty-tensors.exact",
        file([], [info("a", [0]), info("b", [8]), info("c", [32, 0], 2, 32), info("d", [8], 0, 32),
                  info("e", [0, 3], 0, 64)], DATA + DATA))
    valid("15-name-of-63-bytes.exact", file([], [info("n" * 63, [8])], DATA))
    valid(
        "16-text.exact",
        file([entry("t.nul", STRING, text("a\0b")), entry("T-x y.\x01\x7f", STRING, text("k"))],
             [info("日本 é", [8])], DATA))
    valid(
        "17-not-numbers.exact",
        file([entry("t.nan", F32, struct.pack("<I", 0x7FA00001)),
              entry("t.nans", ARRAY, array(F64, [struct.pack("<Q", 0xFFF4000000000001)]))],
             [ONE], DATA))
    valid("18-alignment-32.exact", file([number("general.alignment", U32, "I", 32)], [ONE], DATA))


def make_invalid_start():
    whole = file([NAME], [ONE], DATA)
    malformed("41-empty-file", "magic-missing", b"")
    malformed("41-three-bytes", "magic-missing", b"GGU")
    malformed("41-wrong-magic", "magic-missing", b"GGUX" + whole[4:])
    malformed("41-lower-case-magic", "magic-missing", b"gguf" + whole[4:])
    malformed("41-legacy-ggjt", "magic-missing", b"tjgg" + struct.pack("<I", 3) + bytes(64))
    malformed("42-version-0", "version-not-allowed", file([NAME], [ONE], DATA, version=0))
    unsupported("42-version-4", "version-unknown", file([NAME], [ONE], DATA, version=4))
    unsupported("42-version-0x30000", "version-unknown", file([NAME], [ONE], DATA, version=0x30000))
    unsupported(
        "42-version-2-32-minus-1", "version-unknown", file([NAME], [ONE], DATA, version=2**32 - 1))
    # Version 1 counted in 32 bits.
    version_1 = b"GGUF" + struct.pack("<III", 1, 1, 0) + struct.pack("<I", 1) + b"a"
    version_1 += struct.pack("<IIIQ", 1, 8, 0, 0)
    unsupported("42-version-1", "version-1", version_1 + bytes(-len(version_1) % 32) + DATA)
    big = b"GGUF" + struct.pack(">IQQ", 3, 1, 0) + struct.pack(">Q", 1) + b"a"
    big += struct.pack(">IQIQ", 1, 8, 0, 0)
    unsupported("43-big-endian", "big-endian", big + bytes(-len(big) % 32) + DATA)
    malformed("44-cut-in-version", "truncated", whole[:6])
    malformed("44-cut-after-version", "truncated", whole[:8])
    malformed("44-cut-in-counts", "truncated", whole[:12])
    malformed("44-cut-between-counts", "tensor-count-past-end", whole[:20])
    malformed("44-cut-in-key", "metadata-count-past-end", file([NAME], keys=1)[:36])
    malformed("44-cut-in-long-key", "string-past-end",
              file([entry("general.a_rather_long_key", U8, b"\1")])[:44])
    malformed("44-cut-in-value", "string-past-end", file([NAME])[:58])
    malformed("44-cut-in-tensor", "truncated", file([], [info("abcdefgh", [8, 8])], padded=False)[:60])
    malformed("45-data-one-byte-short", "data-past-end", whole[:-1])
    malformed("45-data-missing", "data-past-end", file([NAME], [ONE]))
    malformed("45-data-and-padding-missing", "data-past-end", file([NAME], [ONE], padded=False))
    malformed("45-start-not-padded", "data-past-end", file([NAME], [ONE], DATA, padded=False))
    refused("46-one-byte-after", "trailing-bytes", whole + b"\0")
    refused("46-zip-end-record-after", "trailing-bytes", whole + b"PK\5\6" + bytes(18))
    refused("46-data-without-tensors", "trailing-bytes", file([NAME], [], DATA))


def make_invalid_counts():
    two = [info("a", [8]), info("b", [8], offset=32)]
    for name, count in [("2-63", 2**63), ("2-64-minus-1", 2**64 - 1), ("10-9", 10**9)]:
        malformed(f"47-tensors-{name}", "tensor-count-past-end",
                  file([NAME], [ONE], DATA, tensors=count))
        malformed(f"47-keys-{name}", "metadata-count-past-end",
                  file([NAME], [ONE], DATA, keys=count))
    malformed("47-one-tensor-too-many", "string-past-end", file([NAME], two, DATA + DATA, tensors=3))
    refused("47-one-tensor-too-few", "trailing-bytes", file([NAME], two, DATA + DATA, tensors=1))
    malformed("47-one-key-too-many", "value-type-unknown",
              file([NAME], [info("a", [8, 2], 13)], DATA, keys=2, tensors=0)
              .replace(struct.pack("<I", 2) + struct.pack("<Q", 8),
                       struct.pack("<I", 99) + struct.pack("<Q", 8)))
    malformed("47-one-key-too-few", "too-many-dimensions",
              file([NAME, number("k", U64, "Q", 1)], [ONE], DATA, keys=1))


def make_invalid_metadata():
    def keyed(raw_key):
        return file([raw_key + struct.pack("<I", U8) + b"\1"], [ONE], DATA)

    malformed("48-key-past-end", "string-past-end", keyed(text("key", 1000)))
    malformed("48-key-2-63", "string-past-end", keyed(text("key", 2**63)))
    malformed("48-key-2-30-plus-1", "string-past-end", keyed(text("key", 2**30 + 1)))
    malformed("48-key-empty", "key-empty", keyed(text("")))
    malformed("48-key-not-ascii", "key-not-ascii", keyed(text("schlüssel")))
    malformed("48-key-not-utf8", "not-utf8", keyed(text(b"k\xff")))
    malformed("48-key-with-nul", "key-has-nul", keyed(text("k\0")))
    malformed("48-key-twice", "duplicate-key", file([NAME, NAME], [ONE], DATA))
    malformed(
        "48-key-equal-up-to-nul", "key-has-nul",
        file([number("k", U8, "B", 1), number("k\0x", U8, "B", 1)], [ONE], DATA))
    for name, kind in [("13", 13), ("99", 99), ("2-32-minus-1", 2**32 - 1)]:
        malformed(f"49-value-type-{name}", "value-type-unknown",
                  file([entry("k", kind, bytes(8))], [ONE], DATA))
    malformed("49-element-type-13", "value-type-unknown",
              file([entry("k", ARRAY, array(13, [b"\0"]))], [ONE], DATA))
    unsupported("50-nested-array", "nested-array",
                file([entry("k", ARRAY, array(ARRAY, [array(U8, [b"\1"])]))], [ONE], DATA))
    for name, kind, count in [
        ("u64-2-61", U64, 2**61), ("u32-2-62", U32, 2**62), ("string-2-61", STRING, 2**61),
        ("u8-2-64-minus-1", U8, 2**64 - 1), ("u8-10-9", U8, 10**9), ("string-10-9", STRING, 10**9),
    ]:
        malformed(f"51-array-{name}", "array-past-end",
                  file([entry("k", ARRAY, array(kind, [bytes(16)], count))], [ONE], DATA))
    for name, length in [("2-64-minus-1", 2**64 - 1), ("2-40", 2**40), ("1000", 1000)]:
        malformed(f"52-string-{name}", "string-past-end",
                  file([entry("k", STRING, text("abc", length))], [ONE], DATA))
    malformed("52-string-100-in-3", "string-past-end",
              file([entry("k", STRING, text("abc", 100))], padded=False))
    malformed("52-string-not-utf8", "not-utf8",
              file([entry("k", STRING, text(b"\xc3\x28"))], [ONE], DATA))
    malformed("52-element-not-utf8", "not-utf8",
              file([entry("k", ARRAY, array(STRING, [text("a"), text(b"\xed\xa0\x80")]))], [ONE], DATA))
    malformed("53-bool-2", "bool-not-0-or-1", file([number("k", BOOL, "B", 2)], [ONE], DATA))
    malformed("53-bool-element-255", "bool-not-0-or-1",
              file([entry("k", ARRAY, array(BOOL, [b"\0", b"\1", b"\xff"]))], [ONE], DATA))
    for value in (0, 1, 2, 3, 4, 12, 24, 33):
        malformed(f"54-alignment-{value}", "alignment-not-allowed",
                  file([number("general.alignment", U32, "I", value)], [ONE], DATA))
    unsupported("54-alignment-2-31", "alignment-too-large",
                file([number("general.alignment", U32, "I", 2**31)], [ONE], DATA))
    for name, value in [
        ("i32", number("general.alignment", I32, "i", 32)),
        ("u64", number("general.alignment", U64, "Q", 32)),
        ("string", entry("general.alignment", STRING, text("32"))),
        ("array", entry("general.alignment", ARRAY, array(U32, [struct.pack("<I", 32)]))),
    ]:
        malformed(f"54-alignment-{name}", "alignment-not-u32", file([value], [ONE], DATA))


def make_invalid_tensors():
    def named(name):
        return file([], [info(name, [8])], DATA)

    def shaped(extents, kind=0, rank=None):
        return file([], [info("a", extents, kind, rank=rank)], DATA)

    malformed("55-name-64-bytes", "name-too-long", named("n" * 64))
    malformed("55-name-65-bytes", "name-too-long", named("n" * 65))
    malformed("55-name-empty", "name-empty", named(""))
    malformed("55-name-past-end", "string-past-end",
              file([], [text("a", 1000) + info("a", [8])[9:]], DATA))
    malformed("55-name-with-nul", "name-has-nul", named("a\0b"))
    malformed("55-name-equal-up-to-nul", "name-has-nul",
              file([], [info("a", [8]), info("a\0b", [8], offset=32)], DATA + DATA))
    malformed("55-name-not-utf8", "not-utf8", named(b"a\xff"))
    malformed("55-name-twice", "duplicate-tensor-name",
              file([], [info("a", [8]), info("a", [8], offset=32)], DATA + DATA))
    malformed("56-rank-5", "too-many-dimensions", shaped([8, 1, 1, 1, 1]))
    malformed("56-rank-2-32-minus-1", "too-many-dimensions", shaped([8], rank=2**32 - 1))
    malformed("57-extent-2-63", "dimension-negative", shaped([2**63]))
    malformed("57-extent-minus-8", "dimension-negative", shaped([-8]))
    malformed("57-two-negative-extents", "dimension-negative", shaped([-2, -4]))
    malformed("58-product-wraps-to-0", "shape-overflow", shaped([2**32, 2**32]))
    malformed("58-product-wraps-to-8", "shape-overflow", shaped([2**61 + 1, 8]))
    malformed("58-product-huge-but-empty", "shape-overflow", shaped([2**40, 2**40, 0]))
    malformed("58-bytes-wrap-to-32", "size-overflow", shaped([2**62 + 8]))
    malformed("58-padding-wraps", "size-overflow", shaped([2**63 - 1], 24))
    malformed("58-end-wraps", "size-overflow", shaped([2**63 - 32], 24))
    malformed("59-4-TiB-claimed", "data-past-end", shaped([2**40]))
    for kind in (4, 5, 31, 32, 33, 36, 37, 38):
        unsupported(f"60-type-{kind}", "type-removed", shaped([32], kind))
    for name, kind in [("43", 43), ("999", 999), ("2-32-minus-1", 2**32 - 1)]:
        unsupported(f"60-type-{name}", "type-unknown", shaped([32], kind))
    for name, extents, kind in [
        ("31-of-32", [31], 2), ("48-of-32", [48], 8), ("128-of-256", [128], 12),
        ("255-of-256", [255], 14), ("16-of-32", [16], 39), ("16-twice-of-32", [16, 2], 8),
        ("48-of-64", [48], 40), ("64-of-128", [64], 41),
    ]:
        malformed(f"61-row-{name}", "row-not-whole-blocks", shaped(extents, kind))

    def offset(first, second, data=DATA + DATA):
        return file([], [info("a", [8], offset=first), info("b", [8], offset=second)], data)

    malformed("62-overlap", "offset-mismatch", offset(0, 0))
    malformed("62-partial-overlap", "offset-mismatch", offset(0, 16))
    malformed("62-hole", "offset-mismatch", offset(0, 64, DATA * 3))
    malformed("62-unaligned", "offset-mismatch", offset(0, 33, DATA * 3))
    malformed("62-first-not-0", "offset-mismatch", offset(32, 64, DATA * 3))
    malformed("62-past-end", "offset-mismatch", offset(0, 4096))
    malformed("62-2-64-minus-32", "offset-mismatch", offset(0, 2**64 - 32))
    malformed("62-swapped", "offset-mismatch", offset(32, 0))


if __name__ == "__main__":
    for folder in ("valid", "invalid"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir(parents=True)
    make_valid()
    make_invalid_start()
    make_invalid_counts()
    make_invalid_metadata()
    make_invalid_tensors()
