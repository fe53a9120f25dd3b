"""The canonical form of FORMAT.md: numbers keep their spelling, equal values have equal text."""

import json


class Number(str):
    """A number as the text spells it: two spellings of one number are two manifests."""


class Problem(Exception):
    """The manifest cannot be read, so nothing can be compared with it."""


def parse(raw):
    """The JSON value of `raw`, its numbers as they are spelled."""
    def members(pairs):
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise Problem("a key appears twice in one object")
        return dict(pairs)

    def refuse(word):
        raise Problem(f"{word} is no JSON number")

    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=members,
            parse_int=Number, parse_float=Number, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(f"not JSON: {error}") from None


def quoted(text):
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(
        named.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text) + '"'


def written(value, newline="\n", pretty=True):
    """The canonical text of `value`; compact on one line unless `pretty`."""
    inner = newline + "  "
    if isinstance(value, dict):
        colon = ": " if pretty else ":"
        items = [quoted(key) + colon + written(value[key], inner, pretty)
                 for key in sorted(value, key=lambda key: key.encode())]
        opener, closer = "{", "}"
    elif isinstance(value, list):
        items = [written(item, inner, pretty) for item in value]
        opener, closer = "[", "]"
    elif isinstance(value, Number):
        return str(value)
    elif isinstance(value, str):
        return quoted(value)
    else:
        return {None: "null", True: "true", False: "false"}[value]
    if not pretty or not items:
        return opener + ",".join(items) + closer
    return opener + inner + ("," + inner).join(items) + newline + closer
