"""Elements and bytes of one block of every encoding that a manifest may name."""

GEOMETRY = {}
for _elements, _bytes, _names in [
    (1, 8, "F64 I64 U64 C64"),
    (1, 4, "F32 I32 U32"),
    (1, 2, "F16 BF16 I16 U16"),
    (1, 1, "F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I8 U8 BOOL"),
    (4, 3, "F6_E2M3 F6_E3M2"),
    (2, 1, "F4"),
    (32, 17, "MXFP4"), (32, 18, "Q4_0 IQ4_NL"), (32, 20, "Q4_1"), (32, 22, "Q5_0"),
    (32, 24, "Q5_1"), (32, 34, "Q8_0"), (32, 36, "Q8_1"),
    (64, 18, "Q2_0"), (64, 36, "NVFP4"), (128, 18, "Q1_0"),
    (256, 50, "IQ1_S"), (256, 54, "TQ1_0"), (256, 56, "IQ1_M"), (256, 66, "IQ2_XXS TQ2_0"),
    (256, 74, "IQ2_XS"), (256, 82, "IQ2_S"), (256, 84, "Q2_K"), (256, 98, "IQ3_XXS"),
    (256, 110, "Q3_K IQ3_S"), (256, 136, "IQ4_XS"), (256, 144, "Q4_K"), (256, 176, "Q5_K"),
    (256, 210, "Q6_K"), (256, 292, "Q8_K"),
]:
    for _name in _names.split():
        GEOMETRY[_name] = (_elements, _bytes)
