#pragma once
// ICU renames its functions by macro (ubrk_open becomes ubrk_open_72), which Swift cannot see: hence the wrapper below.
//
// Of ICU's headers only the one with the version is included. The others define types that Foundation brings along too,
// from its own copy of ICU in another version, and Swift refuses to see two definitions of one type. So the few
// functions used are declared here, with types of our own that are the same to the linker.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unicode/uvernum.h>

typedef struct cicu_iterator cicu_iterator;
typedef struct cicu_text cicu_text;

// An ICU status: positive values are errors.
typedef int32_t cicu_status;

extern cicu_iterator *U_ICU_ENTRY_POINT_RENAME(ubrk_open)(int32_t type, const char *locale, const uint16_t *text,
                                                          int32_t length, cicu_status *status);
extern void U_ICU_ENTRY_POINT_RENAME(ubrk_setText)(cicu_iterator *iterator, const uint16_t *text, int32_t length,
                                                   cicu_status *status);
extern void U_ICU_ENTRY_POINT_RENAME(ubrk_setUText)(cicu_iterator *iterator, cicu_text *text, cicu_status *status);
extern int32_t U_ICU_ENTRY_POINT_RENAME(ubrk_first)(cicu_iterator *iterator);
extern int32_t U_ICU_ENTRY_POINT_RENAME(ubrk_next)(cicu_iterator *iterator);
extern void U_ICU_ENTRY_POINT_RENAME(ubrk_close)(cicu_iterator *iterator);
extern cicu_text *U_ICU_ENTRY_POINT_RENAME(utext_openUTF8)(cicu_text *text, const char *utf8, int64_t count,
                                                           cicu_status *status);
extern cicu_text *U_ICU_ENTRY_POINT_RENAME(utext_close)(cicu_text *text);

// An iterator over sentences by a locale's rules; NULL if ICU refused, for example because its data is missing. It may be
// used by one thread at a time.
static inline cicu_iterator *cicu_sentences_open(const char *locale) {
    enum { sentence = 3 };
    cicu_status status = 0;
    cicu_iterator *iterator = U_ICU_ENTRY_POINT_RENAME(ubrk_open)(sentence, locale, NULL, 0, &status);
    if (status <= 0) return iterator;
    if (iterator != NULL) U_ICU_ENTRY_POINT_RENAME(ubrk_close)(iterator);
    return NULL;
}

static inline void cicu_sentences_close(cicu_iterator *iterator) { U_ICU_ENTRY_POINT_RENAME(ubrk_close)(iterator); }

// Calls `visit` with the byte offset of every sentence boundary in UTF-8 text, from the first (0) to the last (count).
// Afterwards the iterator refers to the text no more. Returns false if ICU refused.
static inline bool cicu_sentence_boundaries(cicu_iterator *iterator, const char *utf8, int64_t count,
                                            void (*visit)(void *context, int64_t offset), void *context) {
    enum { done = -1 };
    static const uint16_t nothing[1] = {0};
    cicu_status status = 0;
    cicu_text *text = U_ICU_ENTRY_POINT_RENAME(utext_openUTF8)(NULL, utf8, count, &status);
    U_ICU_ENTRY_POINT_RENAME(ubrk_setUText)(iterator, text, &status);
    const bool succeeded = status <= 0;
    if (succeeded) {
        int32_t offset = U_ICU_ENTRY_POINT_RENAME(ubrk_first)(iterator);
        for (; offset != done; offset = U_ICU_ENTRY_POINT_RENAME(ubrk_next)(iterator)) visit(context, offset);
    }
    status = 0;
    U_ICU_ENTRY_POINT_RENAME(ubrk_setText)(iterator, nothing, 0, &status);
    if (text != NULL) U_ICU_ENTRY_POINT_RENAME(utext_close)(text);
    return succeeded;
}
