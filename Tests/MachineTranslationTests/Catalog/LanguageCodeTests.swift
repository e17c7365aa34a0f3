import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Codes as people write them, and what they find.
struct LanguageCodeTests {
    /// A catalog of models between English and others.
    private static func catalog(_ others: [String], english: String = "en") throws -> ModelCatalog {
        let folder = try TemporaryFolder()
        let pairs = others.flatMap { [(english, $0), ($0, english)] }
        let languages = pairs.map { #"{"source": "\#($0.0)", "target": "\#($0.1)"}"# }.joined(separator: ", ")
        try folder.write(#"{"name": "m", "languages": [\#(languages)]}"#, "m/model.json")
        return try ModelCatalog(folder: folder.path)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var wish: String
        var known: [String]
        /// Nil where nothing is meant.
        var meant: String?

        init(_ wish: String, _ known: [String], _ meant: String?) {
            (self.wish, self.known, self.meant) = (wish, known, meant)
        }

        var testDescription: String { "\(wish) among \(known)" }
    }

    static let cases = [
        // Capitals and signs.
        Case("ES", ["es"], "es"), Case("Es", ["es"], "es"), Case("es", ["ES"], "ES"), Case("pt_br", ["pt-BR"], "pt-BR"),
        Case("PT-BR", ["pt_br"], "pt_br"), Case("ZH-HANT", ["zh", "zh-Hant"], "zh-Hant"),
        // Regions: the exact one, else the plain language, else the likeliest.
        Case("es-MX", ["es"], "es"), Case("es_419", ["es", "pt"], "es"), Case("pt-BR", ["pt", "pt-BR"], "pt-BR"),
        Case("pt-PT", ["pt-BR", "pt-PT"], "pt-PT"), Case("pt-AO", ["pt", "pt-BR", "pt-PT"], "pt"),
        Case("pt", ["pt-BR", "pt-PT"], "pt-BR"), Case("pt-PT", ["pt-BR"], "pt-BR"), Case("pt-BR", ["es"], nil),
        // Scripts: written, or that of the region.
        Case("zh-TW", ["zh-Hans", "zh-Hant"], "zh-Hant"), Case("zh-CN", ["zh-Hans", "zh-Hant"], "zh-Hans"),
        Case("zh", ["zh-Hans", "zh-Hant"], "zh-Hans"), Case("zh-HK", ["zh", "zt"], "zt"), Case("zh-TW", ["zh"], "zh"),
        Case("sr-Latn", ["sr-Cyrl", "sr-Latn"], "sr-Latn"), Case("sr", ["sr-Cyrl", "sr-Latn"], "sr-Cyrl"),
        Case("sr-Latn-RS", ["sr"], "sr"),
        // Codes that others replaced, and those of three letters.
        Case("iw", ["he"], "he"), Case("he", ["iw"], "iw"), Case("in", ["id"], "id"), Case("ji", ["yi"], "yi"),
        Case("fil", ["tl"], "tl"), Case("spa", ["es"], "es"), Case("ger", ["de"], "de"), Case("deu", ["de"], "de"),
        Case("spa_Latn", ["es"], "es"), Case("zho_Hant", ["zh", "zh-Hant"], "zh-Hant"), Case("cmn", ["zh"], "zh"),
        Case("arb", ["ar"], "ar"), Case("pb", ["pt", "pt-BR"], "pt-BR"), Case("zh-yue", ["yue", "zh"], "yue"),
        // Languages that are counted with another.
        Case("no", ["nb", "nn"], "nb"), Case("nb", ["no"], "no"), Case("nn", ["nb", "nn"], "nn"),
        Case("arz", ["ar"], "ar"),
        Case("nn", ["nb"], nil),
        // Variants and extensions say nothing here.
        Case("de-1996", ["de"], "de"), Case("de-DE-u-co-phonebk", ["de"], "de"), Case("es-x-anything", ["es"], "es"),
        // What is no code.
        Case("spanish", ["es"], nil), Case("es-", ["es"], nil), Case("-es", ["es"], nil), Case("es--MX", ["es"], nil),
        Case("es MX", ["es"], nil), Case("e", ["es"], nil), Case("ẞs", ["es"], nil), Case("es-mexico1", ["es"], "es"),
        Case("es-mex", ["es"], nil), Case("eses", ["es"], nil),
        Case("es" + String(repeating: "-abcdefgh", count: 10_000), ["es"], nil),
        Case(String(repeating: "-", count: 1_000_000), ["es"], nil),
    ]

    @Test(arguments: cases)
    func code_findsWhatIsMeant(case: Case) throws {
        let catalog = try Self.catalog(`case`.known)
        guard let meant = `case`.meant else {
            let error = #expect(throws: MachineTranslationError.self) {
                try catalog.pair(for: .init(source: "en", target: `case`.wish))
            }
            #expect(error?.code == .unknownLanguage)
            #expect((error?.message.utf8.count ?? 0) < 1_000)
            return
        }
        #expect(try catalog.pair(for: .init(source: "en", target: `case`.wish)) == .init(source: "en", target: meant))
        #expect(try catalog.pair(for: .init(source: `case`.wish, target: "EN")) == .init(source: meant, target: "en"))
        #expect(try catalog.target(for: `case`.wish) == meant)
        // A program that uses the catalog alone need not know.
        guard case .direct = try catalog.route(for: .init(source: "eng", target: `case`.wish)) else {
            Issue.record("no direct route")
            return
        }
    }

    @Test func target_isOneThatTheSourceReaches() throws {
        let folder = try TemporaryFolder()
        for (name, source, target) in [("a", "fr", "pt-PT"), ("b", "de", "pt-BR")] {
            try folder.write(
                #"{"name": "\#(name)", "languages": [{"source": "\#(source)", "target": "\#(target)"}]}"#,
                "\(name)/model.json"
            )
        }
        let catalog = try ModelCatalog(folder: folder.path)
        #expect(try catalog.pair(for: .init(source: "fr", target: "pt")).target == "pt-PT")
        #expect(try catalog.pair(for: .init(source: "de", target: "pt")).target == "pt-BR")
        let error = #expect(throws: MachineTranslationError.self) {
            try catalog.pair(for: .init(source: "fr", target: "de"))
        }
        #expect(error?.message.contains("'de'") == true)
    }

    @Test(arguments: [("en", "en-US"), ("EN", "en"), ("eng", "en-GB")])
    func sameLanguageInOtherWords_isAnInvalidRequest(source: String, target: String) throws {
        let error = #expect(throws: MachineTranslationError.self) {
            try Self.catalog(["es"]).route(for: .init(source: source, target: target))
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test func names_sayRegionAndScript() {
        #expect(LanguageCodes.name(of: "pt-BR") == "Portuguese (Brazil)")
        #expect(LanguageCodes.name(of: "es") == "Spanish")
        #expect(LanguageCodes.name(of: "zt").contains("Traditional"))
        #expect(LanguageCodes.nativeName(of: "de") == "Deutsch")
    }

    // MARK: Many languages

    /// A hundred languages, all pairs of them, as NLLB has.
    private static func hundred() throws -> ModelCatalog {
        let letters = "abcdefghij"
        let codes = letters.flatMap { a in letters.map { b in "q\(a)\(b)" } }
        let pairs = codes.flatMap { a in codes.filter { $0 != a }.map { #"{"source":"\#(a)","target":"\#($0)"}"# } }
        let folder = try TemporaryFolder()
        try folder.write(#"{"name": "many", "languages": [\#(pairs.joined(separator: ","))]}"#, "many/model.json")
        return try ModelCatalog(folder: folder.path)
    }

    @Test func hundredLanguages_costNothingPerText() throws {
        let catalog = try Self.hundred()
        #expect(catalog.pairs.count == 9_900)
        let begin = ContinuousClock.now
        for _ in 0..<1_000 {
            guard case .direct = try catalog.route(for: .init(source: "qaa", target: "qjj")) else {
                Issue.record("no route")
                return
            }
            #expect(catalog.targets(from: "qab").count == 99)
        }
        // A microsecond each when nothing else runs; working the pairs out anew takes milliseconds.
        let each = (ContinuousClock.now - begin) / 1_000
        #expect(each < .microseconds(500), "\(each)")
    }
}
