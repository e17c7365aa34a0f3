#include "CFastText.h"

#include <fasttext/fasttext.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

struct cft_model {
    fasttext::FastText classifier;
    int labels = 0;
};

namespace {

// fastText drops labels whose log(p + 1e-5) is below log(threshold + 1e-5); this threshold makes the right side as
// small as it gets, so that unlikely labels are reported too.
constexpr fasttext::real kReportEverything = -1e-5f;

void write_error(const char *text, char *error, size_t capacity) {
    if (capacity == 0) return;
    const size_t count = std::min(capacity - 1, std::strlen(text));
    std::memcpy(error, text, count);
    error[count] = 0;
}

}  // namespace

cft_model *cft_open(const char *path, char *error, size_t error_capacity) {
    try {
        auto model = std::make_unique<cft_model>();
        model->classifier.loadModel(path);
        model->labels = model->classifier.getDictionary()->nlabels();
        return model.release();
    } catch (const std::exception &exception) {
        write_error(exception.what(), error, error_capacity);
    } catch (...) {
        write_error("unknown C++ exception", error, error_capacity);
    }
    return nullptr;
}

void cft_close(cft_model *model) { delete model; }

int cft_predict(const cft_model *model, const char *text, size_t count, cft_visitor visit, void *context) {
    try {
        std::string line(text, count);
        std::replace(line.begin(), line.end(), '\n', ' ');
        line.push_back('\n');
        std::istringstream stream(line);
        std::vector<std::pair<fasttext::real, std::string>> predictions;
        model->classifier.predictLine(stream, predictions, model->labels, kReportEverything);
        for (const auto &prediction : predictions) visit(context, prediction.second.c_str(), prediction.first);
        return 0;
    } catch (...) {
        return -1;
    }
}
