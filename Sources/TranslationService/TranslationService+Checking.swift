internal import MachineTranslation

extension TranslationService {
    /// The request with its languages as the models write them.
    /// - Throws: `TranslationServiceError` that says what is wrong and what there is.
    func checked(_ request: TextRequest, mostCharacters: Int) throws -> TextRequest {
        try checkSize(request, mostCharacters)
        var request = request
        request.source = request.source.lowercased()
        request.target = request.target.lowercased()
        try checkIsKnown(request.target, "target", targets)
        guard request.source != TextRequest.anySource else {
            guard detector != nil || sources.count == 1 else { throw TranslationServiceError.noDetector }
            return request
        }
        try checkIsKnown(request.source, "source", sources)
        guard request.source != request.target else {
            throw TranslationServiceError(
                .sameLanguage,
                "Source and target language are both '\(request.source)'; expected two languages."
            )
        }
        try checkPair(request.source, request.target)
        return request
    }

    private func checkSize(_ request: TextRequest, _ mostCharacters: Int) throws {
        guard request.texts.count <= limits.texts else {
            throw TranslationServiceError(
                .tooLarge,
                "The list has \(request.texts.count) texts, expected at most \(limits.texts)."
            )
        }
        let characters = request.texts.reduce(0) { $0 + $1.unicodeScalars.count }
        guard characters <= mostCharacters else {
            throw TranslationServiceError(
                .tooLarge,
                "The text has \(characters) characters, expected at most \(mostCharacters)."
            )
        }
        guard request.texts.contains(where: { $0.contains { !$0.isWhitespace } }) else {
            throw TranslationServiceError.empty
        }
        guard (0...limits.alternatives).contains(request.alternatives) else {
            throw TranslationServiceError(
                .invalid,
                "'\(request.alternatives)' alternatives are asked for, expected 0 to \(limits.alternatives)."
            )
        }
    }

    private func checkIsKnown(_ code: String, _ role: String, _ known: Set<String>) throws {
        guard !known.contains(code) else { return }
        guard !known.isEmpty else {
            throw TranslationServiceError(.unavailable, "No models are installed, so that nothing can be translated.")
        }
        let names = known.sorted().map { "\($0) (\(LanguageCodes.name(of: $0)))" }.joined(separator: ", ")
        let hint = LanguageCodes.suggestion(for: code, among: known).map { " Did you mean '\($0)'?" } ?? ""
        throw TranslationServiceError(
            .unknownLanguage,
            "No model knows the \(role) language '\(Self.shortened(code))'.\(hint) There are: \(names)."
        )
    }

    private func checkPair(_ source: String, _ target: String) throws {
        guard !pairs.contains(LanguagePair(source: source, target: target)) else { return }
        let targets = translators.targets(from: source)
        guard !targets.contains(target) else { return }
        let list = targets.isEmpty ? "nothing" : targets.sorted().joined(separator: ", ")
        throw TranslationServiceError(
            .impossiblePair,
            "No model translates '\(source)' to '\(target)'. From '\(source)' there is: \(list)."
        )
    }

    /// The source language of one text.
    func sourceLanguage(of text: String, _ request: TextRequest) throws -> String {
        guard request.source == TextRequest.anySource else { return request.source }
        let possible = sources.filter { $0 == request.target || translators.targets(from: $0).contains(request.target) }
        guard sources.count > 1, let detector else {
            if let only = sources.first { return only }
            throw TranslationServiceError.noDetector
        }
        guard let language = detector.source(of: text, target: request.target, among: possible) else {
            throw TranslationServiceError(
                .undetected,
                "The source language could not be recognised; expected one of: \(possible.sorted().joined(separator: ", "))."
            )
        }
        return language
    }

    private static func shortened(_ code: String) -> String {
        code.count <= 40 ? code : code.prefix(40) + "…"
    }
}

extension TranslationServiceError {
    static let empty = TranslationServiceError(.emptyText, "The text is empty; expected something to translate.")
    static let noDetector = TranslationServiceError(
        .unavailable,
        "Languages cannot be recognised here, as the model for it is missing; give the source language."
    )
}
