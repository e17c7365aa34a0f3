#include "CSentencePiece.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

struct csp_model {
    sentencepiece::SentencePieceProcessor processor;
};

namespace {

void write_error(const char *text, char *error, size_t capacity) {
    if (capacity == 0) return;
    const size_t count = std::min(capacity - 1, std::strlen(text));
    std::memcpy(error, text, count);
    error[count] = 0;
}

// One block: the lengths first, so that they are aligned, then the bytes.
bool pack(const std::vector<std::string> &strings, csp_pieces *pieces) {
    size_t total = 0;
    for (const auto &string : strings) total += string.size();
    auto *block = static_cast<uint8_t *>(std::malloc(strings.size() * sizeof(uint32_t) + total + 1));
    if (block == nullptr) return false;
    auto *lengths = reinterpret_cast<uint32_t *>(block);
    uint8_t *bytes = block + strings.size() * sizeof(uint32_t);
    *pieces = {strings.size(), lengths, bytes};
    for (const auto &string : strings) {
        *lengths++ = static_cast<uint32_t>(string.size());
        std::memcpy(bytes, string.data(), string.size());
        bytes += string.size();
    }
    return true;
}

}  // namespace

csp_model *csp_open(const void *proto, size_t count, char *error, size_t error_capacity) {
    try {
        auto model = std::make_unique<csp_model>();
        const auto status = model->processor.LoadFromSerializedProto({static_cast<const char *>(proto), count});
        if (status.ok()) return model.release();
        write_error(status.message(), error, error_capacity);
    } catch (const std::exception &exception) {
        write_error(exception.what(), error, error_capacity);
    } catch (...) {
        write_error("unknown C++ exception", error, error_capacity);
    }
    return nullptr;
}

void csp_close(csp_model *model) { delete model; }

int csp_encode(const csp_model *model, const char *text, size_t count, csp_pieces *pieces, char *error,
               size_t error_capacity) {
    *pieces = {0, nullptr, nullptr};
    try {
        std::vector<std::string> strings;
        const auto status = model->processor.Encode({text, count}, &strings);
        if (!status.ok()) {
            write_error(status.message(), error, error_capacity);
            return -1;
        }
        if (pack(strings, pieces)) return 0;
        write_error("out of memory", error, error_capacity);
    } catch (const std::exception &exception) {
        write_error(exception.what(), error, error_capacity);
    } catch (...) {
        write_error("unknown C++ exception", error, error_capacity);
    }
    return -1;
}

void csp_pieces_free(csp_pieces *pieces) {
    std::free(const_cast<uint32_t *>(pieces->lengths));
    *pieces = {0, nullptr, nullptr};
}
