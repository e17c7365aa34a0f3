internal import Foundation

/// How the characters of a text are to be read.
package enum TextFormat: String, Codable, CaseIterable, Sendable {
    case text
    /// Tags are kept, entities understood.
    case html
}

/// What is to be translated: the body of a synchronous request, and the payload of a job of the kind `text`.
package struct TextRequest: Codable, Hashable, Sendable {
    /// The kind of the jobs.
    package static let jobKind = "text"

    package var texts: [String]
    /// Whether the caller gave a list and gets one back.
    package var isList: Bool
    /// Stands for a source language that is to be recognised.
    package static let anySource = "auto"

    /// A language code, or `anySource`.
    package var source: String
    package var target: String
    package var format: TextFormat
    /// How many other translations to return for each segment.
    package var alternatives: Int
    /// The language of each text, where `source` is `anySource` and they were recognised before: as many as texts.
    package var recognised: [String]?

    package init(
        texts: [String],
        isList: Bool,
        source: String,
        target: String,
        format: TextFormat = .text,
        alternatives: Int = 0
    ) {
        self.texts = texts
        self.isList = isList
        self.source = source
        self.target = target
        self.format = format
        self.alternatives = alternatives
    }

    /// Words of all texts together.
    package var words: Int { texts.reduce(0) { $0 + WordCount.words(in: $1) } }

    /// The payload's JSON.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads a payload.
    /// - Throws: `TranslationServiceError` `.invalid`.
    package static func decode(json: String) throws -> TextRequest {
        do {
            var request = try JSONDecoder().decode(TextRequest.self, from: Data(json.utf8))
            if request.recognised?.count != request.texts.count { request.recognised = nil }
            return request
        } catch {
            throw TranslationServiceError(
                .invalid,
                "The job's payload is not a request for a translation.",
                cause: error
            )
        }
    }
}
