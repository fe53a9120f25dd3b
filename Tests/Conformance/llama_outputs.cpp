// What llama.cpp makes of a file, for the conformance tests.
//
//   llama_outputs tokens MODEL             texts on standard input, each ended by a zero byte
//                                          -> one line of ids each, no special tokens added
//   llama_outputs logits MODEL ID...       -> F32, as many rows as ids, on standard output
//   llama_outputs embeddings MODEL ID...   -> F32, one row for each id
//
// Encoders give embeddings only. Exit status 1 says why on standard error.

#include "llama.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

[[noreturn]] static void stop(const std::string & reason) {
    std::cerr << reason << '\n';
    std::exit(1);
}

static void tokens(const llama_vocab * vocab) {
    std::string text;
    while (std::getline(std::cin, text, '\0')) {
        std::vector<llama_token> ids(text.size() + 8);
        int count = llama_tokenize(
            vocab, text.data(), int(text.size()), ids.data(), int(ids.size()), false, true);
        if (count < 0) {
            stop("a text has more tokens than bytes");
        }
        for (int i = 0; i < count; i++) {
            std::printf(i ? " %d" : "%d", ids[i]);
        }
        std::printf("\n");
    }
}

static void outputs(llama_model * model, std::vector<llama_token> ids, bool embeddings) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = uint32_t(ids.size());
    params.embeddings = embeddings;
    params.pooling_type = LLAMA_POOLING_TYPE_NONE;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    // The cache of keys and values in F32: the comparison is of weights.
    params.type_k = params.type_v = GGML_TYPE_F32;
    llama_context * context = llama_init_from_model(model, params);
    if (!context) {
        stop("no context");
    }
    llama_batch batch = llama_batch_init(int32_t(ids.size()), 0, 1);
    batch.n_tokens = int32_t(ids.size());
    for (size_t i = 0; i < ids.size(); i++) {
        batch.token[i] = ids[i];
        batch.pos[i] = llama_pos(i);
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    bool encodes = llama_model_has_encoder(model) && !llama_model_has_decoder(model);
    if (encodes ? llama_encode(context, batch) : llama_decode(context, batch)) {
        stop("the model does not run");
    }
    size_t width = embeddings ? size_t(llama_model_n_embd_out(model))
                              : size_t(llama_vocab_n_tokens(llama_model_get_vocab(model)));
    for (size_t i = 0; i < ids.size(); i++) {
        const float * row = embeddings ? llama_get_embeddings_ith(context, int32_t(i))
                                       : llama_get_logits_ith(context, int32_t(i));
        if (!row || std::fwrite(row, sizeof(float), width, stdout) != width) {
            stop("no output for a token");
        }
    }
}

int main(int count, char ** arguments) {
    if (count < 3) {
        stop("usage: llama_outputs tokens|logits|embeddings MODEL [ID...]");
    }
    std::string what = arguments[1];
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (level >= GGML_LOG_LEVEL_ERROR) {
            std::fputs(text, stderr);
        }
    }, nullptr);
    llama_backend_init();
    llama_model_params params = llama_model_default_params();
    params.vocab_only = what == "tokens";
    params.progress_callback = [](float, void *) { return true; };
    llama_model * model = llama_model_load_from_file(arguments[2], params);
    if (!model) {
        stop("llama.cpp does not load the file");
    }
    if (what == "tokens") {
        tokens(llama_model_get_vocab(model));
        return 0;
    }
    std::vector<llama_token> ids;
    for (int i = 3; i < count; i++) {
        ids.push_back(std::atoi(arguments[i]));
    }
    outputs(model, ids, what == "embeddings");
    return 0;
}
