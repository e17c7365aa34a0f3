internal import MachineTranslation

extension TranslationService {
    /// The request with its languages as the models write them.
    /// - Throws: `TranslationServiceError` that says what is wrong and what there is.
    func checked(_ request: TextRequest, mostCharacters: Int) throws -> TextRequest {
        try checkSize(request, mostCharacters)
        return try resolved(request)
    }

    /// The same for a request whose size has been checked before.
    func resolved(_ request: TextRequest) throws -> TextRequest {
        var request = request
        let table = translators.languages
        guard request.source.lowercased() == TextRequest.anySource else {
            let pair: LanguagePair
            do {
                pair = try table.pair(LanguagePair(source: request.source, target: request.target))
            } catch {
                throw TranslationServiceError(error)
            }
            (request.source, request.target) = (pair.source, pair.target)
            return request
        }
        request.source = TextRequest.anySource
        guard let target = table.target(request.target) else {
            throw TranslationServiceError(table.unknown(request.target, translatedFrom: false))
        }
        request.target = target
        guard detector != nil || table.sources.count == 1 else { throw TranslationServiceError.noDetector }
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
}

extension TranslationServiceError {
    init(_ problem: LanguageProblem) {
        let code: Code =
            switch problem.kind {
            case .unknown: .unknownLanguage
            case .impossible: .impossiblePair
            case .same: .sameLanguage
            case .undetected: .undetected
            case .nothing: .unavailable
            }
        self.init(code, problem.message)
    }

    static let empty = TranslationServiceError(.emptyText, "The text is empty; expected something to translate.")
    static let noDetector = TranslationServiceError(
        .unavailable,
        "Languages cannot be recognised here, as the model for it is missing; give the source language."
    )
}
