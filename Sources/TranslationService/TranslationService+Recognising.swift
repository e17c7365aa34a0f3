internal import Environment
internal import JobSystem
internal import MachineTranslation

/// Source languages that the caller left open.
extension TranslationService {
    /// A checked request with the language of each text, where the caller left that open and it can be recognised here.
    /// - Throws: `TranslationServiceError` for a text that is in no language that can be translated to the target.
    func recognised(_ request: TextRequest) async throws -> TextRequest {
        guard request.source == TextRequest.anySource, detector != nil else { return request }
        return try await withTaskExecutorPreference(executors.urgent) { try recognisedHere(request) }
    }

    /// A job's request as the models here have it.
    /// - Throws: `TranslationServiceError` for languages, given or recognised, that nothing here translates.
    func prepared(_ request: TextRequest) throws -> TextRequest {
        let request = try resolved(request)
        guard request.source == TextRequest.anySource else { return request }
        guard request.recognised != nil else { return detector == nil ? request : try recognisedHere(request) }
        for index in request.texts.indices { _ = try sourceLanguage(of: index, request) }
        return request
    }

    private func recognisedHere(_ request: TextRequest) throws -> TextRequest {
        let languages = try request.texts.enumerated().map { index, text in
            try Task.checkCancellation()
            do {
                return try recognisedLanguage(of: text, to: request.target)
            } catch let error as TranslationServiceError where request.texts.count > 1 {
                let place = "Text \(index + 1) of \(request.texts.count): "
                throw TranslationServiceError(error.code, place + error.message)
            }
        }
        // Texts without words go with the others.
        let others = Set(languages.compactMap(\.self)).subtracting([request.target])
        let any = (others.count == 1 ? others.first : nil) ?? anySource(to: request.target)
        var request = request
        request.recognised = languages.map { $0 ?? any }
        return request
    }

    /// What a job's record has as its languages: one source, if all its texts are in one.
    func jobLanguages(of request: TextRequest) -> JobLanguages {
        guard let recognised = request.recognised else {
            return JobLanguages(source: request.source, target: request.target)
        }
        // Those in the target's language stay as they are, whoever does the job.
        let sources = Set(recognised).subtracting([request.target])
        guard sources.count > 1 else {
            let source = sources.first ?? anySource(to: request.target)
            return JobLanguages(source: source, target: request.target)
        }
        return JobLanguages(source: TextRequest.anySource, target: request.target)
    }

    /// The source language of one of a request's texts.
    /// - Throws: `TranslationServiceError` `.impossiblePair` for one that cannot be translated here.
    func sourceLanguage(of text: Int, _ request: TextRequest) throws -> String {
        guard request.source == TextRequest.anySource else { return request.source }
        guard let recognised = request.recognised else {
            return try recognisedLanguage(of: request.texts[text], to: request.target)
                ?? anySource(to: request.target)
        }
        let pair = LanguagePair(source: recognised[text], target: request.target)
        let table = translators.languages
        guard pair.source == pair.target || table.targets(from: pair.source).contains(pair.target) else {
            throw TranslationServiceError(table.impossible(pair))
        }
        return pair.source
    }

    private func anySource(to target: String) -> String {
        translators.languages.sources(to: target).min() ?? target
    }

    /// - Returns: nil for a text without words.
    private func recognisedLanguage(of text: String, to target: String) throws -> String? {
        let table = translators.languages
        guard let detector else {
            if let only = table.sources.first { return only }
            throw TranslationServiceError.noDetector
        }
        do {
            return try detector.source(of: text, to: target, in: table)
        } catch {
            throw TranslationServiceError(error)
        }
    }
}
