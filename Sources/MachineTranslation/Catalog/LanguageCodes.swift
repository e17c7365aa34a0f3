internal import Foundation

/// Language codes and names.
public enum LanguageCodes {
    /// The name of a language in English, with its script or region if the code says one, or the code itself where it is
    /// unknown.
    public static func name(of code: String) -> String { name(of: code, in: "en") }

    /// The name of a language in the language itself, likewise.
    public static func nativeName(of code: String) -> String { name(of: code, in: code) }

    private static func name(of code: String, in language: String) -> String {
        let locale = Locale(identifier: language)
        guard let tag = LanguageTag(code), let plain = locale.localizedString(forLanguageCode: tag.language) else {
            return locale.localizedString(forLanguageCode: code) ?? code
        }
        guard tag.script != nil || tag.region != nil else { return plain }
        let parts = [tag.language, tag.script, tag.region].compactMap(\.self)
        return locale.localizedString(forIdentifier: parts.joined(separator: "-")) ?? plain
    }

    /// Whether a code of two or three letters stands for a language.
    public static func isKnown(_ code: String) -> Bool {
        guard let name = Locale(identifier: "en").localizedString(forLanguageCode: code) else { return false }
        return name.lowercased() != code.lowercased()
    }

    /// The usual form of a code, such as `pt-BR` for `PT_br`; nil for what is no language's.
    package static func usual(_ code: String) -> String? {
        guard let tag = LanguageTag(code), isKnown(tag.language) else { return nil }
        return [tag.language, tag.script, tag.region].compactMap(\.self).joined(separator: "-")
    }

    /// Whether a text can be a language's code: letters and digits, with `-` or `_` between them.
    static func isWellFormed(_ code: String) -> Bool {
        (1...35).contains(code.utf8.count)
            && code.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    /// The ISO 639-1 code for one of ISO 639-3, or the code itself where there is none. A script or region after `_` is
    /// left out.
    static func twoLetter(for code: String) -> String {
        let base = String(code.prefix { $0 != "_" })
        return Locale.LanguageCode(base).identifier(.alpha2) ?? base
    }

    /// The candidate nearest to what was written, by code, by English name, or by a small edit distance; nil where
    /// nothing is near.
    public static func suggestion(for wish: String, among codes: some Collection<String>) -> String? {
        suggestion(for: wish, among: codes.map { (code: $0, name: name(of: $0)) })
    }

    /// The same, for codes whose names are at hand.
    static func suggestion(for wish: String, among known: [(code: String, name: String)]) -> String? {
        // No name is longer; what is compared stays short, also where a character has thousands of marks.
        let wish = String(String.UnicodeScalarView(wish.unicodeScalars.prefix(64))).lowercased()
        let known = known.map { (code: $0.code, name: $0.name.lowercased()) }
        if let exact = known.first(where: { $0.code.lowercased() == wish || $0.name == wish }) { return exact.code }
        let ranked = known.map { code, name in
            (code, min(distance(wish, code.lowercased()) * 2, distance(wish, name)))
        }
        guard let best = ranked.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }), best.1 <= max(2, wish.count / 2) else {
            return nil
        }
        return best.0
    }

    /// Levenshtein's edit distance of short words.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.prefix(64)), Array(b.prefix(64)))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let change = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }

    /// Three-letter codes of the languages that NLLB means by a code of two letters: `arb`, Standard Arabic, for `ar`.
    static let individual = Dictionary(
        nllb.map { (String($0.value.prefix(3)), $0.key) },
        uniquingKeysWith: { first, _ in first }
    )

    /// ISO 639-1 to the codes of FLORES-200 that NLLB uses, for languages with one usual script.
    static let nllb: [String: String] = [
        "af": "afr_Latn", "am": "amh_Ethi", "ar": "arb_Arab", "as": "asm_Beng", "az": "azj_Latn", "be": "bel_Cyrl",
        "bg": "bul_Cyrl", "bn": "ben_Beng", "bs": "bos_Latn", "ca": "cat_Latn", "cs": "ces_Latn", "cy": "cym_Latn",
        "da": "dan_Latn", "de": "deu_Latn", "el": "ell_Grek", "en": "eng_Latn", "eo": "epo_Latn", "es": "spa_Latn",
        "et": "est_Latn", "eu": "eus_Latn", "fa": "pes_Arab", "fi": "fin_Latn", "fr": "fra_Latn", "ga": "gle_Latn",
        "gl": "glg_Latn", "gu": "guj_Gujr", "ha": "hau_Latn", "he": "heb_Hebr", "hi": "hin_Deva", "hr": "hrv_Latn",
        "hu": "hun_Latn", "hy": "hye_Armn", "id": "ind_Latn", "ig": "ibo_Latn", "is": "isl_Latn", "it": "ita_Latn",
        "ja": "jpn_Jpan", "jv": "jav_Latn", "ka": "kat_Geor", "kk": "kaz_Cyrl", "km": "khm_Khmr", "kn": "kan_Knda",
        "ko": "kor_Hang", "ky": "kir_Cyrl", "lb": "ltz_Latn", "lo": "lao_Laoo", "lt": "lit_Latn", "lv": "lvs_Latn",
        "mg": "plt_Latn", "mk": "mkd_Cyrl", "ml": "mal_Mlym", "mn": "khk_Cyrl", "mr": "mar_Deva", "ms": "zsm_Latn",
        "mt": "mlt_Latn", "my": "mya_Mymr", "nb": "nob_Latn", "ne": "npi_Deva", "nl": "nld_Latn", "nn": "nno_Latn",
        "or": "ory_Orya", "pa": "pan_Guru", "pl": "pol_Latn", "ps": "pbt_Arab", "pt": "por_Latn", "ro": "ron_Latn",
        "ru": "rus_Cyrl", "sd": "snd_Arab", "si": "sin_Sinh", "sk": "slk_Latn", "sl": "slv_Latn", "so": "som_Latn",
        "sq": "als_Latn", "sr": "srp_Cyrl", "su": "sun_Latn", "sv": "swe_Latn", "sw": "swh_Latn", "ta": "tam_Taml",
        "te": "tel_Telu", "tg": "tgk_Cyrl", "th": "tha_Thai", "tl": "tgl_Latn", "tr": "tur_Latn", "uk": "ukr_Cyrl",
        "ur": "urd_Arab", "uz": "uzn_Latn", "vi": "vie_Latn", "xh": "xho_Latn", "yo": "yor_Latn", "zh": "zho_Hans",
        "zu": "zul_Latn",
    ]
}
