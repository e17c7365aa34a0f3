internal import Foundation
internal import NIOHTTP1

extension DragomanClient {
    /// Translates a short text at once. Nothing is stored on the server.
    ///
    /// - Parameters:
    ///   - source: the text's language, such as `en`; `auto` to have it recognised.
    ///   - target: the language to translate to.
    public func translate(_ text: String, from source: String = "auto", to target: String) async throws -> Translation {
        try await translate(TranslationRequest(text, from: source, to: target))
    }

    /// As ``translate(_:from:to:)-(String,_,_)``, for several texts in one call.
    public func translate(
        _ texts: [String],
        from source: String = "auto",
        to target: String
    ) async throws -> Translation {
        try await translate(TranslationRequest(texts, from: source, to: target))
    }

    /// Translates short texts at once, with all options. What concerns jobs alone, such as the priority, is left out.
    ///
    /// - Parameter includingSegments: whether to tell what became of each sentence.
    public func translate(
        _ request: TranslationRequest,
        includingSegments: Bool = false
    ) async throws -> Translation {
        var call = Call(.POST, ["api", "v1", "translate"], isRepeatable: true)
        if includingSegments { call.query = [("include", "segments")] }
        try call.setBody(request.forTextAlone)
        return try await transport.send(call)
    }

    /// Submits texts as a job.
    ///
    /// - Parameter idempotencyKey: makes the server answer a repeated submission with the same job, for 24 hours.
    ///   Without one, the client makes one for the repetitions of this call.
    public func submit(
        _ request: TranslationRequest,
        idempotencyKey: String? = nil
    ) async throws -> SubmittedJob {
        let key = idempotencyKey ?? transport.makeKey()
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw DragomanClientError(
                .invalidRequest,
                "The idempotency key is '\(key)', expected 1 to 255 ASCII characters."
            )
        }
        var call = Call(.POST, ["api", "v1", "translations"], isRepeatable: true)
        call.headers.add(name: "Idempotency-Key", value: key)
        try call.setBody(request)
        return try await transport.send(call)
    }

    /// The languages the server knows, each with what it can be translated to.
    public func languages() async throws -> [Language] {
        struct Answer: Decodable { var languages: [Language] }
        return try await transport.send(Call(.GET, ["api", "v1", "languages"]), as: Answer.self).languages
    }

    /// The languages a text may be written in, the likeliest first.
    public func detect(_ text: String) async throws -> [DetectedLanguage] {
        struct Answer: Decodable { var candidates: [DetectedLanguage] }
        var call = Call(.POST, ["api", "v1", "detect"], isRepeatable: true)
        try call.setBody(["text": text])
        return try await transport.send(call, as: Answer.self).candidates
    }
}
