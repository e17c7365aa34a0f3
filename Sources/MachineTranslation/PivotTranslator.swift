/// Translates through a third language: what the first translator gives, the second translates on.
public struct PivotTranslator: SegmentTranslator {
    private let first: any SegmentTranslator
    private let second: any SegmentTranslator

    public init(_ first: any SegmentTranslator, _ second: any SegmentTranslator) {
        self.first = first
        self.second = second
    }

    public var pair: LanguagePair { LanguagePair(source: first.pair.source, target: second.pair.target) }

    public func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        var inner = options
        inner.alternatives = 0
        let middle = try await first.translate(segments, options: inner)
        var results = try await second.translate(middle.map(\.text), options: options)
        for (index, step) in middle.enumerated() {
            guard step.remark != .copied, results[index].remark != .copied else {
                // What the second step copied is in the language between; the reader gets the source.
                results[index] = .copied(segments[index])
                continue
            }
            results[index].confidence *= step.confidence
            results[index].remark = step.remark ?? results[index].remark
        }
        return results
    }
}
