#!/usr/bin/env python3
"""Writes the fixtures of the safetensors container beside this script; the same bytes every time.

valid/NN-name.exact.safetensors      read, and laid out again byte for byte
valid/NN-name.rewritten.safetensors  read; laid out again, other bytes hold the same index
invalid/NN-name.CODE.REASON.safetensors  refused with that code and reason

Numbers are those of the catalogue in FORMAT.md. Files that would be large are made by the tests.
"""
import json
import pathlib
import shutil
import struct

HERE = pathlib.Path(__file__).resolve().parent / "Fixtures"


def write(folder, name, data):
    (HERE / folder / f"{name}.safetensors").write_bytes(data)


def valid(name, data):
    write("valid", name, data)


def malformed(name, reason, data):
    write("invalid", f"{name}.malformed.{reason}", data)


def refused(name, reason, data):
    write("invalid", f"{name}.refused.{reason}", data)


def container(header, data=b"", length=None):
    """A file with this header, as text or bytes, and a length that may be wrong."""
    header = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def padded(header):
    """The header as the reference writer pads it."""
    header = header.encode() if isinstance(header, str) else header
    return header + b" " * (-len(header) % 8)


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def compact(entries):
    return json.dumps(entries, separators=(",", ":"), ensure_ascii=False)


def tensors(entries, byte_count, exact=True):
    text = compact(entries)
    return container(padded(text) if exact else text, bytes(i % 251 for i in range(byte_count)))


ONE = '"dtype":"F32","shape":[1],"data_offsets":[0,4]'
FOUR = b"\x00\x00\x80\x3f"


def with_entry(fields, data=FOUR):
    return container('{"a":{' + fields + "}}", data)


def make_valid():
    valid("01-no-tensors.exact", container(padded("{}")))
    valid("02-one-tensor.exact", tensors({"a": entry("F32", [2, 3], 0, 24)}, 24))
    widths = [
        ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8),
        ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8),
        ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32),
        ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64),
    ]
    every, end = {}, 0
    for dtype, width in widths:
        every[dtype.lower()] = entry(dtype, [3, 8], end, end + 3 * width)
        end += 3 * width
    valid("03-every-dtype.exact", tensors(every, end))
    valid("04-scalar.exact", tensors({"a": entry("F32", [], 0, 4)}, 4))
    valid(
        "05-empty-tensors.exact",
        tensors({
            "first": entry("F32", [0], 0, 0), "second": entry("I8", [2, 0, 3], 0, 0),
            "a": entry("F32", [1], 0, 4), "middle": entry("F64", [0, 1], 4, 4),
            "b": entry("U8", [2], 4, 6), "last": entry("F4", [0], 6, 6),
        }, 6))
    valid(
        "06-metadata.exact",
        tensors({
            "__metadata__": {"format": "pt", "empty": "", "line": "a\nb\t\"c\" \\ \u0001\u007f é"},
            "a": entry("BF16", [2], 0, 4),
        }, 4))
    valid("07-leading-white-space.rewritten", container(" \n\t\r{\"a\":{" + ONE + "}}", FOUR))
    valid("08-trailing-white-space.rewritten", container("{\"a\":{" + ONE + "}}\n\t\r ", FOUR))
    valid("09-unaligned-data.rewritten", container(padded("{\"a\":{" + ONE + "}}") + b"   ", FOUR))
    valid(
        "10-header-order.rewritten",
        tensors({"z": entry("F32", [1], 4, 8), "e": entry("F32", [0], 4, 4),
                 "a": entry("F32", [1], 0, 4)}, 8))
    valid("11-unknown-field.rewritten", with_entry(ONE + ',"x":{"y":[1.5e-3,null,true]}'))
    valid("12-metadata-null.rewritten", container('{"__metadata__":null,"a":{' + ONE + "}}", FOUR))
    valid("13-metadata-empty.rewritten", container('{"__metadata__":{},"a":{' + ONE + "}}", FOUR))
    valid(
        "14-escaped-name.rewritten",
        container('{"\\u0077\\ud83d\\ude00\\/\\n":{' + ONE + "}}", FOUR))
    valid("15-rank-8.exact", tensors({"a": entry("I8", [1, 1, 2, 1, 1, 2, 1, 1], 0, 4)}, 4))
    valid(
        "16-not-numbers.exact",
        container(padded(compact({"a": entry("F32", [3], 0, 12)})),
                  struct.pack("<3I", 0x7FC00001, 0x7F800000, 0xFF800000)))
    valid(
        "17-names.exact",
        tensors({"é": entry("U8", [1], 0, 1), "日本": entry("U8", [1], 1, 2),
                 "a b/c": entry("U8", [1], 2, 3), " ": entry("U8", [1], 3, 4)}, 4))


def make_invalid_framing():
    malformed("01-empty-file", "file-too-short", b"")
    malformed("02-seven-bytes", "file-too-short", b"\x02\0\0\0\0\0\0")
    malformed("03-no-header", "json-syntax", container(b""))
    malformed("04-header-past-end", "header-past-end", container(b" " * 72, length=1000))
    whole = with_entry(ONE)
    malformed("05-length-2-64-minus-1", "header-too-large", b"\xff" * 8 + whole[8:])
    malformed(
        "06-length-2-64-minus-8", "header-too-large", struct.pack("<Q", 2**64 - 8) + whole[8:])
    malformed("07-length-2-63", "header-too-large", struct.pack("<Q", 2**63) + whole[8:])
    malformed(
        "08-length-big-endian", "header-too-large",
        struct.pack(">Q", len(whole) - 12) + whole[8:])
    malformed("10-header-of-nul", "json-syntax", container(bytes(1024)))
    malformed("11-one-byte-after", "trailing-bytes", whole + b"\0")
    malformed(
        "12-zip-end-record-after", "trailing-bytes", whole + b"PK\x05\x06" + bytes(18))
    malformed("13-data-one-byte-short", "data-past-end", whole[:-1])
    malformed("14-data-without-tensors", "trailing-bytes", container("{}", FOUR))


def make_invalid_json():
    for name, bad in [("invalid", b"\xff"), ("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"),
                      ("cut", b"\xe3\x81")]:
        header = b'{"' + bad + b'":{' + ONE.encode() + b"}}"
        malformed(f"15-utf8-{name}", "not-utf8", container(header, FOUR))
    malformed("16-array", "header-not-an-object", container("[]"))
    malformed("16-null", "header-not-an-object", container("null"))
    malformed("16-string", "header-not-an-object", container('"a"'))
    malformed("17-byte-order-mark", "json-syntax", container(b"\xef\xbb\xbf{}"))
    malformed("18-text-after", "json-trailing-text", container("{}{}"))
    malformed("19-nul-padding", "json-trailing-text", container(b"{}\0\0\0\0\0\0"))
    for name, number, reason in [
        ("nan", "NaN", "json-syntax"), ("leading-zero", "016", "json-syntax"),
        ("plus", "+16", "json-syntax"), ("hexadecimal", "0x10", "json-syntax"),
        ("exponent", "4e0", "json-not-an-integer"), ("fraction", "2.0", "json-not-an-integer"),
        ("minus-zero", "-0", "json-not-an-integer"),
        ("2-64", str(2**64), "number-out-of-range"),
        ("400-digits", "9" * 400, "number-out-of-range"), ("text", '"4"', "json-syntax"),
    ]:
        malformed(
            f"21-number-{name}", reason,
            with_entry('"dtype":"U8","shape":[' + number + '],"data_offsets":[0,4]'))
    malformed("22-raw-newline", "json-syntax", container('{"a\n":{' + ONE + "}}", FOUR))
    malformed("22-unknown-escape", "json-syntax", container('{"\\x41":{' + ONE + "}}", FOUR))
    malformed("22-lone-surrogate", "json-syntax", container('{"\\ud800":{' + ONE + "}}", FOUR))
    malformed("22-missing-comma", "json-syntax", with_entry('"dtype":"F32" "shape":[1]'))
    malformed("22-trailing-comma", "json-syntax", container('{"a":{' + ONE + "},}", FOUR))


def make_invalid_entries():
    other = ONE.replace("F32", "I32")
    refused(
        "23-duplicate-name", "duplicate-tensor-name",
        container('{"w":{' + ONE + '},"w":{' + ONE + "}}", FOUR))
    refused(
        "23-duplicate-name-differing", "duplicate-tensor-name",
        container('{"w":{' + ONE + '},"w":{' + other + "}}", FOUR))
    refused(
        "23-duplicate-name-escaped", "duplicate-tensor-name",
        container('{"w":{' + ONE + '},"\\u0077":{' + other + "}}", FOUR))
    refused(
        "23-duplicate-name-normalised", "duplicate-tensor-name",
        container(
            '{"\u00e9":{' + ONE + '},"e\u0301":{' + other.replace("[0,4]", "[4,8]") + "}}", FOUR * 2))
    refused(
        "24-duplicate-metadata-key", "duplicate-key",
        container('{"__metadata__":{"k":"1","k":"2"},"a":{' + ONE + "}}", FOUR))
    malformed("25-dtype-twice", "duplicate-field", with_entry('"dtype":"F32",' + ONE))
    malformed("25-shape-twice", "duplicate-field", with_entry('"shape":[1],' + ONE))
    malformed("25-offsets-twice", "duplicate-field", with_entry('"data_offsets":[0,4],' + ONE))
    malformed(
        "25-metadata-twice", "duplicate-field",
        container('{"__metadata__":{},"__metadata__":{},"a":{' + ONE + "}}", FOUR))
    malformed("26-no-dtype", "dtype-missing", with_entry('"shape":[1],"data_offsets":[0,4]'))
    malformed("26-no-shape", "shape-missing", with_entry('"dtype":"F32","data_offsets":[0,4]'))
    malformed("26-no-offsets", "data-offsets-missing", with_entry('"dtype":"F32","shape":[1]'))
    malformed("26-null-entry", "tensor-not-an-object", container('{"a":null}'))
    malformed(
        "26-array-entry", "tensor-not-an-object", container('{"a":["F32",[1],[0,4]]}', FOUR))
    malformed("27-dtype-unknown", "dtype-unknown", with_entry(ONE.replace("F32", "F128")))
    malformed("27-dtype-of-ggml", "dtype-unknown", with_entry(ONE.replace("F32", "Q4_0")))
    malformed("27-dtype-lower-case", "dtype-unknown", with_entry(ONE.replace("F32", "f32")))
    malformed("27-dtype-number", "dtype-not-a-string", with_entry(ONE.replace('"F32"', "32")))
    malformed(
        "27-dtype-object", "dtype-not-a-string", with_entry(ONE.replace('"F32"', '{"F32":null}')))
    malformed(
        "28-negative-dimensions", "json-not-an-integer", with_entry(ONE.replace("[1]", "[-1,-1]")))
    malformed("28-shape-null", "shape-not-an-array", with_entry(ONE.replace("[1]", "null")))
    malformed("29-one-offset", "offsets-not-a-pair", with_entry(ONE.replace("[0,4]", "[0]")))
    malformed("29-three-offsets", "offsets-not-a-pair", with_entry(ONE.replace("[0,4]", "[0,4,4]")))
    malformed("29-offsets-null", "offsets-not-a-pair", with_entry(ONE.replace("[0,4]", "null")))
    malformed("29-offset-negative", "json-not-an-integer", with_entry(ONE.replace("[0,4]", "[-4,0]")))
    malformed("29-offsets-reversed", "offsets-reversed", with_entry(ONE.replace("[0,4]", "[4,0]")))
    malformed(
        "29-offsets-near-2-64", "number-out-of-range",
        with_entry(ONE.replace("[0,4]", f"[{2**64 - 4},{2**64 - 1}]")))
    malformed(
        "29-offsets-near-2-63", "offset-gap",
        with_entry(ONE.replace("[0,4]", f"[{2**63 - 5},{2**63 - 1}]")))
    for name, value in [("int", "1"), ("null", "null"), ("nested", '{"a":"b"}'), ("array", '["a"]')]:
        malformed(
            f"30-metadata-{name}", "metadata-not-string",
            container('{"__metadata__":{"k":' + value + '},"a":{' + ONE + "}}", FOUR))
    malformed(
        "30-metadata-itself-a-string", "metadata-not-an-object",
        container('{"__metadata__":"k","a":{' + ONE + "}}", FOUR))


def make_invalid_extents():
    def two(first, second, byte_count):
        return tensors({"a": first, "b": second}, byte_count, exact=False)

    malformed(
        "31-overlap-identical", "offset-overlap",
        two(entry("F32", [1], 0, 4), entry("F32", [1], 0, 4), 4))
    malformed(
        "31-overlap-partial", "offset-overlap",
        two(entry("F32", [1], 0, 4), entry("F32", [1], 2, 6), 6))
    malformed(
        "31-overlap-contained", "offset-overlap",
        two(entry("F32", [2], 0, 8), entry("F32", [1], 2, 6), 8))
    malformed(
        "31-empty-inside", "offset-overlap",
        two(entry("F32", [2], 0, 8), entry("F32", [0], 4, 4), 8))
    malformed("32-hole-at-start", "offset-gap", tensors({"a": entry("F32", [1], 4, 8)}, 8, False))
    malformed(
        "32-hole-in-middle", "offset-gap",
        two(entry("F32", [1], 0, 4), entry("F32", [1], 8, 12), 12))
    malformed(
        "32-hole-at-end", "trailing-bytes", tensors({"a": entry("F32", [1], 0, 4)}, 8, False))
    malformed("32-empty-past-end", "offset-gap",
              two(entry("F32", [1], 0, 4), entry("F32", [0], 8, 8), 4))
    malformed("33-size-too-small", "size-mismatch", tensors({"a": entry("F32", [2], 0, 4)}, 4, False))
    malformed("33-size-too-big", "size-mismatch", tensors({"a": entry("F32", [1], 0, 8)}, 8, False))
    malformed("33-wrong-width", "size-mismatch", tensors({"a": entry("F16", [2], 0, 8)}, 8, False))
    malformed("34-scalar-without-bytes", "size-mismatch",
              tensors({"a": entry("F32", [], 0, 0)}, 0, False))
    malformed("34-empty-with-bytes", "size-mismatch",
              tensors({"a": entry("F32", [0], 0, 4)}, 4, False))
    malformed("35-product-wraps-to-0", "shape-overflow",
              tensors({"a": entry("U8", [2**32, 2**32], 0, 0)}, 0, False))
    malformed("35-product-wraps-to-16", "shape-overflow",
              tensors({"a": entry("U8", [2**60 + 1, 16], 0, 16)}, 16, False))
    malformed("35-bytes-wrap-to-16", "size-overflow",
              tensors({"a": entry("F32", [2**62 + 4], 0, 16)}, 16, False))
    malformed("36-dimension-2-63", "number-out-of-range",
              tensors({"a": entry("U8", [2**63], 0, 4)}, 4, False))
    malformed("36-dimension-2-64-minus-1", "number-out-of-range",
              tensors({"a": entry("U8", [2**64 - 1], 0, 4)}, 4, False))
    malformed("37-three-F4", "row-not-whole-blocks",
              tensors({"a": entry("F4", [3], 0, 2)}, 2, False))
    malformed("37-three-F6", "row-not-whole-blocks",
              tensors({"a": entry("F6_E2M3", [3], 0, 3)}, 3, False))
    malformed("38-huge-but-empty", "shape-overflow",
              tensors({"a": entry("U8", [2**40, 2**40, 0], 0, 0)}, 0, False))
    malformed("39-4-TiB-claimed", "data-past-end",
              tensors({"a": entry("F32", [2**40], 0, 2**42)}, 4, False))
    refused("40-nul-in-name", "name-has-nul", container('{"a\\u0000b":{' + ONE + "}}", FOUR))
    refused(
        "40-nul-in-metadata-key", "name-has-nul",
        container('{"__metadata__":{"k\\u0000":"v"},"a":{' + ONE + "}}", FOUR))
    refused("40-empty-name", "name-empty", container('{"":{' + ONE + "}}", FOUR))


if __name__ == "__main__":
    for folder in ("valid", "invalid"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir(parents=True)
    make_valid()
    make_invalid_framing()
    make_invalid_json()
    make_invalid_entries()
    make_invalid_extents()
