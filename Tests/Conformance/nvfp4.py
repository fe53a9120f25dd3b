"""Part `nvfp4`: blocks and factors, as the gguf package decodes and llama.cpp runs them."""

import pathlib

import numpy as np

from checks import equal, scratch
import llama
import tensors
from tensors import Tensor

METHODS = [("nearest", 0.0970), ("search", 0.0860), ("four-over-six", 0.0920)]


def factors_name(name: str) -> str:
    return name.removesuffix(".weight") + ".scale"


def real_values(all_tensors, name: str) -> np.ndarray:
    """Block values times the factor of the tensor, or of each matrix of a stack."""
    values = tensors.values(all_tensors[name])
    factors = all_tensors.get(factors_name(name))
    if all_tensors[name].type != "NVFP4" or factors is None:
        return values
    factors = np.frombuffer(factors.data, np.float32)
    return values * factors.reshape((-1,) + (1,) * (values.ndim - 1) if values.ndim == 3 else ())


def stacked(path):
    """Weights of very different sizes in each matrix of a stack; numbers above and below all."""
    random = np.random.default_rng(5)
    sizes = np.array([1e-6, 1, 300], np.float32).reshape(3, 1, 1)
    stack = random.normal(size=(3, 40, 128)).astype(np.float32) * sizes
    plain = random.normal(size=(48, 192)).astype(np.float32) * np.float32(0.02)
    tensors.write_gguf(path, {
        "blk.0.ffn_up_exps.weight": Tensor("F32", stack.shape, stack.tobytes()),
        "blk.0.attn_q.weight": Tensor("F32", plain.shape, plain.tobytes()),
        "token_embd.weight": Tensor("F32", plain.shape, plain.tobytes()),
    })


def run(report, options):
    ingot = options.ingot
    with scratch() as folder:
        source, made, back = (folder / f"{name}.gguf" for name in ["source", "made", "back"])
        stacked(source)
        originals = tensors.read_gguf(source)
        for method, bound in METHODS:
            with report.check(f"{method}: factors, and error of what the gguf package decodes"):
                ingot.run("convert", source, "--generic", "-o", made, "--force", "-q", "NVFP4",
                          "--method", method)
                found = tensors.read_gguf(made)
                for name in ["blk.0.ffn_up_exps.weight", "blk.0.attn_q.weight"]:
                    equal(found[name].type, "NVFP4", name)
                    exact = tensors.values(originals[name])
                    matrices = exact if exact.ndim == 3 else exact[None]
                    highest = np.abs(matrices).max(axis=(1, 2))
                    factors = np.frombuffer(found[factors_name(name)].data, np.float32)
                    equal(factors.tolist(), (highest / np.float32(2688)).tolist(), "factors")
                    lost = (real_values(found, name) - exact).reshape(matrices.shape)
                    norms = (np.linalg.norm(part) for part in matrices)
                    for part, norm in zip(lost, norms):
                        error = np.linalg.norm(part) / norm
                        assert error < bound, f"{name}: relative RMSE {error}"
                assert found["token_embd.weight"].type != "NVFP4", "llama.cpp reads no factor there"
            with report.check(f"{method}: Ingot decodes it as the gguf package, times the factor"):
                ingot.run("convert", made, "--generic", "-o", back, "--force", "-q", "F32", "--pure",
                          "--allow-requantize")
                decoded = tensors.read_gguf(back)
                equal(sorted(decoded), sorted(originals), "tensors")
                for name in decoded:
                    assert np.array_equal(tensors.values(decoded[name]), real_values(found, name)), \
                        f"{name}: other numbers"
            with report.check(f"{method}: verify --rederive makes it again"):
                ingot.run("verify", made, "--rederive", source)

    if not options.llama:
        report.skip("llama.cpp", "asked for with `make conformance-full` only")
        return
    model = options.models_by_name.get("smollm2")
    if model is None:
        report.skip("perplexity of NVFP4", "smollm2 is not there")
        return
    with scratch() as folder:
        text = folder / "text.txt"
        guides = pathlib.Path(__file__).resolve().parents[2] / "docs"
        text.write_text("\n".join(f.read_text(encoding="utf-8")
                                  for f in sorted(guides.rglob("*.md"))))
        with report.check("smollm2: llama.cpp runs NVFP4, perplexity near the source's"):
            reference = llama.perplexity(options, model, text)
            for method, _ in METHODS:
                output = folder / "made.gguf"
                ingot.run("convert", model, "-o", output, "--force", "-q", "NVFP4", "--method",
                          method, "--allow-requantize")
                types = {tensor.type for tensor in tensors.read_gguf(output).values()}
                assert "NVFP4" in types, f"{types}"
                found = llama.perplexity(options, output, text)
                print(f"        {method}: {found:.3f}, source {reference:.3f}")
                # Not a measure of quality: without the factors it is in the thousands.
                assert found < reference * 1.5, f"{method}: {found} against {reference}"
