"""Answers what `transformers` makes of a checkpoint; one process, because torch is slow to start.

One JSON object a line in, one out:

    {"do": "make", "folder": F, "name": N}                 the tiny checkpoint N of tiny_checkpoints
    {"do": "outputs", "folder": F, "ids": […], "to": FILE} F32 logits, or hidden states of an encoder,
                                                           as raw little-endian bytes
    {"do": "encode", "folder": F, "texts": […]}            ids by the folder's tokenizer.json
"""

import json
import pathlib
import sys

import torch
import transformers

import tiny_checkpoints

torch.set_num_threads(2)
transformers.logging.set_verbosity_error()


def outputs(folder: str, ids: list[int], to: str):
    config = transformers.AutoConfig.from_pretrained(folder)
    name = config.architectures[0]
    model = getattr(transformers, name).from_pretrained(folder, dtype=torch.float32)
    model.eval()
    with torch.inference_mode():
        result = model(torch.tensor([ids]))
    rows = result.logits if hasattr(result, "logits") else result.last_hidden_state
    pathlib.Path(to).write_bytes(rows[0].float().contiguous().numpy().astype("<f4").tobytes())
    return {"shape": list(rows[0].shape)}


def encode(folder: str, texts: list[str]):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
    return {"ids": [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]}


def answer(request: dict) -> dict:
    if request["do"] == "make":
        tiny_checkpoints.make(pathlib.Path(request["folder"]), request["name"])
        return {}
    if request["do"] == "outputs":
        return outputs(request["folder"], request["ids"], request["to"])
    return encode(request["folder"], request["texts"])


def main():
    replies = sys.stdout
    sys.stdout = sys.stderr  # libraries print
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:  # the other side decides what an error means
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
