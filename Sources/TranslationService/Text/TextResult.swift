internal import Foundation

/// Translated texts: the answer to a synchronous request, and the result of a job of the kind `text`.
package struct TextResult: Codable, Hashable, Sendable {
    /// A translated segment. Ranges are in UTF-16 units, the unit of strings in browsers.
    package struct Segment: Codable, Hashable, Sendable {
        package var source: Range<Int>
        package var target: Range<Int>
        /// 0 to 1.
        package var confidence: Double
        /// Whether it was translated before.
        package var isCached: Bool
        /// Whether a check found it wanting and a second run did not help, or it is a copy of the source.
        package var isDoubtful: Bool
        package var alternatives: [String]

        package init(
            source: Range<Int>,
            target: Range<Int>,
            confidence: Double,
            isCached: Bool,
            isDoubtful: Bool,
            alternatives: [String]
        ) {
            self.source = source
            self.target = target
            self.confidence = confidence
            self.isCached = isCached
            self.isDoubtful = isDoubtful
            self.alternatives = alternatives
        }
    }

    /// One translated text.
    package struct Text: Codable, Hashable, Sendable {
        package var text: String
        package var segments: [Segment]
        /// The language that was recognised, where the caller asked for that.
        package var detectedLanguage: String?

        package init(text: String, segments: [Segment], detectedLanguage: String?) {
            self.text = text
            self.segments = segments
            self.detectedLanguage = detectedLanguage
        }
    }

    package var texts: [Text]
    package var isList: Bool
    /// Words of the source.
    package var words: Int

    package init(texts: [Text], isList: Bool, words: Int) {
        self.texts = texts
        self.isList = isList
        self.words = words
    }

    /// Segments that came from the cache.
    package var cachedSegments: Int { texts.reduce(0) { $0 + $1.segments.count(where: \.isCached) } }

    /// The mean of the segments' confidence, weighted by length; 1 where there was nothing to translate.
    package var confidence: Double {
        let segments = texts.lazy.flatMap(\.segments)
        let weight = segments.reduce(0) { $0 + $1.target.count }
        guard weight > 0 else { return 1 }
        return segments.reduce(0.0) { $0 + $1.confidence * Double($1.target.count) } / Double(weight)
    }

    /// The language that was recognised; of a list, in its first text.
    package var detectedLanguage: String? { texts.first?.detectedLanguage }

    /// The result's JSON.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads a result.
    /// - Throws: `TranslationServiceError` `.invalid`.
    package static func decode(json: String) throws -> TextResult {
        do {
            return try JSONDecoder().decode(TextResult.self, from: Data(json.utf8))
        } catch {
            throw TranslationServiceError(.invalid, "The job's result is not a translated text.", cause: error)
        }
    }
}
