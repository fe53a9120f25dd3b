"""Lines of code, many scripts, emoji, control characters and special tokens, the same each time."""

import random

PIECES = [
    "def f(x):\n    return x**2  # ok", "if (a && b) { c[i] += 0x1F; }", "'I've' we'LL they'd",
    "  \t\t", "\n\n", "\r\n", "   ", "#include <stdio.h>", "café naïve", "ﬁne", "e\u0301",
    "straße ĲSSEL", "Привет мир", "שלום", "مرحبا بالعالم ١٢٣", "नमस्ते दुनिया", "สวัสดีครับ",
    "你好世界，今天天气", "日本語のテキスト、カタカナ", "한국어 문장입니다",
    "🚀🦙👩‍👩‍👧‍👦 🇩🇪", "1234567890", "3.14159", "１２３", "²³½", "...!!!???", "---===",
    "“quoted” ‘x’", "\u200b\u200d\ufeff", "\u00a0\u2003\u3000", "\x00\x01\x07\x1b",
    "\u0085\u2028", "<s></s><unk>", "<|endoftext|>", "[MASK]", "<0x0A>", "ΑΒΓ αβγ ΐ", "Ωhm K",
    "x̂ȳ", "ǅ ǈ", "ʰˢ", "Ⅷ ⅷ", "𝔘𝔫𝔦", "㍿", "http://a.b/c?d=e&f",
    "snake_case CamelCaseWord HTTPServer", "\ue000", "tab\there", "  leading", "trailing  ",
    "▁▂", "Ġġ", "##ing", "won't CAN'T", "\U0001f468\U0001f3fd",
]
RANGES = [
    (0x20, 0x7F), (0xA0, 0x250), (0x370, 0x500), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F),
    (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x1F300, 0x1F6FF), (0x2000, 0x2070),
    (0x1D400, 0x1D7FF),
]


def line(source: random.Random) -> str:
    parts = []
    for _ in range(source.randint(1, 9)):
        kind = source.random()
        if kind < 0.55:
            parts.append(source.choice(PIECES))
        elif kind < 0.9:
            first, last = source.choice(RANGES)
            parts.append("".join(
                chr(source.randrange(first, last)) for _ in range(source.randint(1, 6))))
        else:
            parts.append("".join(
                source.choice("etaoinshrdlu") for _ in range(source.randint(1, 9))))
        parts.append(source.choice(["", " ", " ", "  ", "\n", "."]))
    return "".join(parts)


def lines(count: int = 10_000) -> list[str]:
    source = random.Random(7)
    return [line(source) for _ in range(count)]
