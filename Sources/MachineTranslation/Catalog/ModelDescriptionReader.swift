internal import Foundation

/// Recognises a model directory by the files in it and describes it. Kinds are recognised, not configured.
struct ModelDescriptionReader {
    let directory: String

    private static let largestDescription = 1 << 20
    private static let largestVocabulary = 64 << 20
    private static let defaultSourceTokens = 200

    /// - Throws: `MachineTranslationError` that names the file and what was expected.
    func read() throws -> ModelDescription {
        if exists("model.json") { return try readOwn() }
        if exists("metadata.json") { return try readArgos() }
        guard exists("model.bin") else {
            throw MachineTranslationError(
                .modelMissing,
                "'\(directory)' is no model: it has neither 'model.bin' nor 'model.json' nor an Argos 'metadata.json'."
            )
        }
        if exists("source.spm"), exists("target.spm") { return try readOpus() }
        if exists("sentencepiece.bpe.model") { return try readManyToMany() }
        throw MachineTranslationError(
            .modelUnsupported,
            "'\(directory)' has a 'model.bin', but nothing that says how to tokenize for it; expected 'model.json', "
                + "'source.spm' and 'target.spm' (OPUS-MT), or 'sentencepiece.bpe.model' (NLLB, M2M-100)."
        )
    }

    private func path(_ name: String) -> String { directory + "/" + name }
    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
    private var folderName: String { URL(fileURLWithPath: directory).standardizedFileURL.lastPathComponent }

    private func json<Value: Decodable>(
        _: Value.Type,
        _ name: String,
        limit: Int = Self.largestDescription
    ) throws -> Value {
        let data = try BoundedRead.file(path(name), limit: limit)
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path(name))' is not the JSON that was expected: \(Self.words(error)).",
                cause: error
            )
        }
    }

    /// What a decoding error says, without its type names.
    private static func words(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "" : " in '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "the key '\(key.stringValue)' is missing" + place(context)
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return "a value\(place(context)) has the wrong type, expected \(kind(type))"
        default: return "it cannot be parsed"
        }
    }

    /// What JSON calls the type of a value.
    private static func kind(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Double.Type: "a number"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }

    // MARK: Our own

    private struct OwnFile: Decodable {
        struct Pair: Decodable {
            var source: String
            var target: String
        }
        var name: String
        var version: String?
        var licence: String?
        var languages: [Pair]
        var source_prefix: String?
        var target_prefix: String?
        var tokenizer: String?
        var source_tokenizer: String?
        var target_tokenizer: String?
        var max_source_tokens: Double?
    }

    private func readOwn() throws -> ModelDescription {
        let file = try json(OwnFile.self, "model.json")
        guard !file.languages.isEmpty else {
            throw MachineTranslationError(.modelCorrupt, "'\(path("model.json"))' lists no languages.")
        }
        for code in file.languages.flatMap({ [$0.source, $0.target] }) where !LanguageCodes.isWellFormed(code) {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path("model.json"))': 'languages' has '\(code.prefix(64))', expected a code such as 'en'."
            )
        }
        let number = file.max_source_tokens ?? Double(Self.defaultSourceTokens)
        guard let tokens = Int(exactly: number), (8...100_000).contains(tokens) else {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path("model.json"))': 'max_source_tokens' is \(number), expected a whole number from 8 to 100000."
            )
        }
        return ModelDescription(
            family: .dragoman,
            name: file.name,
            version: file.version ?? "",
            licence: file.licence ?? "",
            directory: directory,
            weightsDirectory: directory,
            pairs: Set(file.languages.map { LanguagePair(source: $0.source, target: $0.target) }),
            sourceTokenizer: try tokenizer(file.source_tokenizer, "source_tokenizer", file.tokenizer),
            targetTokenizer: try tokenizer(file.target_tokenizer, "target_tokenizer", file.tokenizer),
            sourcePrefix: file.source_prefix,
            targetPrefix: file.target_prefix,
            endsSource: false,
            maximumSourceTokens: tokens
        )
    }

    /// The path of a tokenizer file named in a description, which must lie in the model's own directory.
    private func tokenizer(_ own: String?, _ ownKey: String, _ shared: String?) throws -> String {
        let (name, key) = own.map { ($0, ownKey) } ?? (shared ?? "sentencepiece.model", "tokenizer")
        guard !name.isEmpty, !name.contains("/"), name != ".." else {
            throw MachineTranslationError(
                .modelCorrupt,
                "'\(path("model.json"))': '\(key)' is '\(name)', expected the name of a file beside it."
            )
        }
        return path(name)
    }

    // MARK: Argos

    private struct ArgosFile: Decodable {
        var from_code: String
        var to_code: String
        var package_version: String?
        var target_prefix: String?
    }

    private func readArgos() throws -> ModelDescription {
        let file = try json(ArgosFile.self, "metadata.json")
        guard exists("sentencepiece.model") else {
            let reason =
                exists("bpe.model")
                ? "carries 'bpe.model' (subword-nmt behind a Moses tokenizer), which this program does not read"
                : "lacks 'sentencepiece.model'"
            throw MachineTranslationError(.modelUnsupported, "The Argos package '\(directory)' \(reason).")
        }
        return ModelDescription(
            family: .argos,
            name: folderName,
            version: file.package_version ?? "",
            licence: "",
            directory: directory,
            weightsDirectory: path("model"),
            pairs: [LanguagePair(source: file.from_code, target: file.to_code)],
            sourceTokenizer: path("sentencepiece.model"),
            targetTokenizer: path("sentencepiece.model"),
            sourcePrefix: nil,
            targetPrefix: (file.target_prefix ?? "").isEmpty ? nil : file.target_prefix,
            endsSource: false,
            maximumSourceTokens: Self.defaultSourceTokens
        )
    }

    // MARK: OPUS-MT

    private func readOpus() throws -> ModelDescription {
        let tags = try vocabulary(["shared_vocabulary", "source_vocabulary"]).filter {
            $0.hasPrefix(">>") && $0.hasSuffix("<<") && $0.count > 4
        }
        let (sources, targets) = opusLanguages()
        var codes: [String: String] = [:]
        for tag in tags {
            let code = String(tag.dropFirst(2).dropLast(2))
            codes[LanguageCodes.twoLetter(for: code)] = code
        }
        let allTargets = tags.isEmpty ? targets : codes.keys.sorted()
        let pairs = sources.flatMap { source in
            allTargets.filter { $0 != source }.map { LanguagePair(source: source, target: $0) }
        }
        guard !pairs.isEmpty else {
            throw MachineTranslationError(
                .modelUnsupported,
                "'\(directory)' looks like an OPUS-MT model, but its name does not say which languages it translates; "
                    + "name it like 'opus-mt-en-es', or add a 'model.json'."
            )
        }
        return ModelDescription(
            family: .opus,
            name: folderName,
            version: "",
            licence: "",
            directory: directory,
            weightsDirectory: directory,
            pairs: Set(pairs),
            sourceTokenizer: path("source.spm"),
            targetTokenizer: path("target.spm"),
            sourcePrefix: tags.isEmpty ? nil : ">>{target}<<",
            targetPrefix: nil,
            endsSource: true,
            maximumSourceTokens: Self.defaultSourceTokens,
            codes: codes
        )
    }

    /// The languages in a name such as `opus-mt-en-es`, `opus-mt-tc-big-en-es` or `ct2-opus-mt_en_es`: the first two
    /// parts that can be codes. A group of languages, as in `opus-mt-en-ROMANCE` or `opus-mt-mul-en`, counts as none.
    private func opusLanguages() -> (sources: [String], targets: [String]) {
        var parts = folderName.split(whereSeparator: { $0 == "-" || $0 == "_" })[...]
        if let project = parts.firstIndex(of: "opus") {
            parts = parts[(project + 1)...]
            // Each only once: "mt" is also Maltese.
            for word in ["mt", "tc", "bible", "big", "base"] where parts.first == Substring(word) {
                parts.removeFirst()
            }
        }
        let names = parts.filter { (2...3).contains($0.count) || $0.allSatisfy(\.isUppercase) }
        func languages(_ name: Substring?) -> [String] {
            guard let name, name != "mul", name.allSatisfy(\.isLowercase) else { return [] }
            return LanguageCodes.isKnown(String(name)) ? [String(name)] : []
        }
        return (languages(names.first), languages(names.dropFirst().first))
    }

    private func vocabulary(_ names: [String]) throws -> [String] {
        for name in names {
            if exists(name + ".json") { return try json([String].self, name + ".json", limit: Self.largestVocabulary) }
            if exists(name + ".txt") {
                let data = try BoundedRead.file(path(name + ".txt"), limit: Self.largestVocabulary)
                return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
            }
        }
        return []
    }

    // MARK: NLLB and M2M-100

    private func readManyToMany() throws -> ModelDescription {
        let tokens = try Set(vocabulary(["shared_vocabulary", "source_vocabulary"]))
        let isNLLB = tokens.contains("eng_Latn")
        let languages: [String: String]
        if isNLLB {
            languages = LanguageCodes.nllb.filter { tokens.contains($0.value) }
        } else {
            let tags = tokens.filter { $0.hasPrefix("__") && $0.hasSuffix("__") && $0.count > 4 }
            languages = Dictionary(
                tags.map { tag in
                    let code = String(tag.dropFirst(2).dropLast(2))
                    return (code, code)
                },
                uniquingKeysWith: { first, _ in first }
            )
        }
        guard languages.count > 1 else {
            throw MachineTranslationError(
                .modelUnsupported,
                "'\(directory)' has 'sentencepiece.bpe.model', but its vocabulary names languages neither as NLLB "
                    + "('eng_Latn') nor as M2M-100 ('__en__')."
            )
        }
        let prefix = isNLLB ? ("{source}", "{target}") : ("__{source}__", "__{target}__")
        let pairs = languages.keys.flatMap { source in
            languages.keys.filter { $0 != source }.map { LanguagePair(source: source, target: $0) }
        }
        return ModelDescription(
            family: isNLLB ? .nllb : .m2m,
            name: folderName,
            version: "",
            licence: "",
            directory: directory,
            weightsDirectory: directory,
            pairs: Set(pairs),
            sourceTokenizer: path("sentencepiece.bpe.model"),
            targetTokenizer: path("sentencepiece.bpe.model"),
            sourcePrefix: prefix.0,
            targetPrefix: prefix.1,
            endsSource: true,
            maximumSourceTokens: Self.defaultSourceTokens,
            codes: languages
        )
    }
}
