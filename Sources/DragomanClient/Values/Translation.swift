/// Translated texts, and how it went.
public struct Translation: Hashable, Sendable {
    /// A sentence with its translation.
    public struct Segment: Hashable, Sendable {
        /// Where it stands in the text, in UTF-16 units.
        public var source: Range<Int>
        /// Where its translation stands, in UTF-16 units.
        public var target: Range<Int>
        /// From 0 to 1.
        public var confidence: Double
        /// Whether the translation was known already.
        public var isCached: Bool
        /// Whether the translation looks wrong.
        public var isDoubtful: Bool
        /// Other translations, the best first.
        public var alternatives: [String]
    }

    /// The translations, one for each text, in order.
    public var texts: [String]
    /// Words of the texts.
    public var wordCount: Int
    /// How long the server worked on it.
    public var processingTime: Duration?
    /// From 0 to 1, for all texts together.
    public var confidence: Double
    /// The language that was recognised, if that was asked for.
    public var detectedLanguage: String?
    /// Sentences whose translation was known already.
    public var cachedSegments: Int
    /// For each text its sentences, if they were asked for.
    public var segments: [[Segment]]?

    /// The first translation; the only one if a single text was given.
    public var text: String { texts.first ?? "" }
}

extension Translation: Decodable {
    private enum CodingKeys: String, CodingKey {
        case texts = "translated_text"
        case wordCount = "word_count"
        case processingTime = "processing_time_ms"
        case confidence = "confidence_score"
        case detectedLanguage = "detected_language"
        case cachedSegments = "cached_segments"
        case segments
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try? container.decode(String.self, forKey: .texts) {
            texts = [text]
            segments = try container.decodeIfPresent([Segment].self, forKey: .segments).map { [$0] }
        } else {
            texts = try container.decode([String].self, forKey: .texts)
            segments = try container.decodeIfPresent([[Segment]].self, forKey: .segments)
        }
        wordCount = try container.decode(Int.self, forKey: .wordCount)
        processingTime = try container.decodeIfPresent(Int64.self, forKey: .processingTime).map { .milliseconds($0) }
        confidence = try container.decode(Double.self, forKey: .confidence)
        detectedLanguage = try container.decodeIfPresent(String.self, forKey: .detectedLanguage)
        cachedSegments = try container.decodeIfPresent(Int.self, forKey: .cachedSegments) ?? 0
    }
}

extension Translation.Segment: Decodable {
    private enum CodingKeys: String, CodingKey {
        case source, target, confidence, cached, doubtful, alternatives
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func range(_ key: CodingKeys) throws -> Range<Int> {
            let ends = try container.decode([Int].self, forKey: key)
            guard ends.count == 2, 0 <= ends[0], ends[0] <= ends[1] else {
                let message = "expected a start and an end that is not before it"
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: message)
            }
            return ends[0]..<ends[1]
        }
        source = try range(.source)
        target = try range(.target)
        confidence = try container.decode(Double.self, forKey: .confidence)
        isCached = try container.decode(Bool.self, forKey: .cached)
        isDoubtful = try container.decodeIfPresent(Bool.self, forKey: .doubtful) ?? false
        alternatives = try container.decodeIfPresent([String].self, forKey: .alternatives) ?? []
    }
}
