"""Runs `convert_hf_to_gguf.py` on a checkpoint whose tokenizer was made up.

    convert_hf.py LLAMA_CPP_SOURCES PRE_TOKENIZER CONVERT_ARGUMENTS…

The script names a pre-tokenizer by the hash of the ids that one text gets, so it knows published
tokenizers only. Here PRE_TOKENIZER is taken for the name; nothing else is changed.
"""

import pathlib
import runpy
import sys


def main():
    sources, pre_tokenizer = pathlib.Path(sys.argv[1]), sys.argv[2]
    sys.path[:0] = [str(sources), str(sources / "gguf-py")]
    from conversion import base

    base.TextModel.get_vocab_base_pre = lambda self, tokenizer: pre_tokenizer
    script = sources / "convert_hf_to_gguf.py"
    sys.argv = [str(script), *sys.argv[3:]]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
