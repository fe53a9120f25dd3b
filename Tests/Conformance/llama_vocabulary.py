"""llama.cpp's tokenizer through its C interface; only vocabularies are loaded."""

import ctypes
import pathlib


class ModelParameters(ctypes.Structure):
    """`llama_model_params` of the pinned llama.cpp."""

    _fields_ = (
        [(name, ctypes.c_void_p) for name in ["devices", "buffer_types"]]
        + [(name, ctypes.c_int) for name in ["layers", "split", "load", "lazy", "main"]]
        + [(name, ctypes.c_void_p) for name in ["splits", "progress", "user_data", "overrides"]]
        + [(name, ctypes.c_bool) for name in [
            "vocab_only", "check_tensors", "extra_buffers", "no_host", "no_alloc", "load_mtp"]])


QUIET = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(
    lambda level, text, data: None)
MAXIMUM_TOKENS = 1 << 16


class Library:
    """libllama, loaded once."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        for name in ["libggml-base.so", "libggml-cpu.so", "libggml.so"]:
            ctypes.CDLL(str(folder / name), mode=ctypes.RTLD_GLOBAL)
        self.library = ctypes.CDLL(str(folder / "libllama.so"))
        self.library.llama_model_default_params.restype = ModelParameters
        for name, arguments in [
                ("llama_model_load_from_file", [ctypes.c_char_p, ModelParameters]),
                ("llama_model_get_vocab", [ctypes.c_void_p])]:
            getattr(self.library, name).restype = ctypes.c_void_p
            getattr(self.library, name).argtypes = arguments
        self.library.llama_model_free.argtypes = [ctypes.c_void_p]
        self.library.llama_tokenize.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32,
            ctypes.c_bool, ctypes.c_bool]
        self.library.llama_log_set(QUIET, None)
        self.library.llama_backend_init()

    def ids(self, model, texts, add_special=False) -> list[list[int]]:
        """The ids of each text; special tokens in it count as such."""
        parameters = self.library.llama_model_default_params()
        parameters.vocab_only = True
        loaded = self.library.llama_model_load_from_file(str(model).encode(), parameters)
        assert loaded, f"llama.cpp refuses {model}"
        vocabulary = self.library.llama_model_get_vocab(loaded)
        buffer = (ctypes.c_int32 * MAXIMUM_TOKENS)()
        found = []
        for text in texts:
            data = text.encode()
            count = self.library.llama_tokenize(
                vocabulary, data, len(data), buffer, MAXIMUM_TOKENS, add_special, True)
            assert count >= 0, f"more than {MAXIMUM_TOKENS} tokens"
            found.append(buffer[:count])
        self.library.llama_model_free(loaded)
        return found
