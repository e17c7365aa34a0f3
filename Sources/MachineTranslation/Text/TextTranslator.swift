package import TextAnalysis

/// Translates running text: cuts it into sentences, translates those, and puts everything back where it was.
///
/// Input is taken as a stream and output given as one, in order: however long the text, only a window of it is in memory.
public struct TextTranslator: Sendable {
    /// Segments that go to the translator together.
    private static let windowSegments = 64
    /// Windows in flight at once: while one is waited for, the next keep the engine's batches full.
    private static let windowsInFlight = 3

    private let translator: any SegmentTranslator

    public init(_ translator: any SegmentTranslator) { self.translator = translator }

    /// Translates a whole text.
    /// - Throws: what the translator throws; `CancellationError` once nobody waits for the text.
    public func translate(_ text: String, options: TranslationOptions = .init()) async throws -> TextTranslation {
        var result = TextTranslation(text: "", segments: [])
        var (source, target) = (0, 0)
        try await stream(SingleChunk(text), options: options) { unit in
            let length = unit.text.utf16.count
            if case .segment(let original, let translation) = unit, !original.isEmpty {
                let sourceRange = source..<source + original.utf16.count
                result.segments.append(
                    .init(source: sourceRange, target: target..<target + length, translation: translation)
                )
                source = sourceRange.upperBound
            } else if case .verbatim = unit {
                source += length
            }
            result.text += unit.text
            target += length
        }
        return result
    }

    /// Translates a stream of chunks, which may be cut anywhere between characters. An empty chunk says that the input
    /// pauses: what has come in whole lines is then translated and emitted without waiting for more.
    /// - Parameter emit: gets every unit of the output, in order; awaited before more input is taken.
    /// - Throws: what `chunks`, the translator or `emit` throws. What came before an error in `chunks` is translated and
    ///   emitted first.
    public func stream<Chunks: AsyncSequence>(
        _ chunks: Chunks,
        options: TranslationOptions = .init(),
        emit: (OutputUnit) async throws -> Void
    ) async throws where Chunks.Element == String {
        var pipeline = Pipeline(translator: translator, options: options)
        var segmenter = TextSegmenter(language: translator.pair.source)
        var failure: (any Error)?
        try await withThrowingTaskGroup(of: (Int, [OutputUnit]).self) { group in
            do {
                for try await chunk in chunks {
                    try await pipeline.add(segmenter.append(chunk), to: &group, emit)
                    if chunk.isEmpty { try await pipeline.finish(&group, emit) }
                }
            } catch let error as InputError {
                failure = error.underlying
            }
            try await pipeline.add(segmenter.finish(), to: &group, emit)
            try await pipeline.finish(&group, emit)
        }
        if let failure { throw failure }
    }

    /// Translates a text that was cut into units elsewhere.
    /// - Parameter emit: gets every unit of the output, in order; awaited before more is translated.
    /// - Throws: what the translator or `emit` throws.
    package func stream(
        units: [TextUnit],
        options: TranslationOptions = .init(),
        emit: (OutputUnit) async throws -> Void
    ) async throws {
        // One window is waited for right here, without a task of its own.
        guard units.count > Self.windowSegments else {
            let output = try await Self.translate(units, followsSentence: false, with: translator, options)
            for unit in output { try await emit(unit) }
            return
        }
        var pipeline = Pipeline(translator: translator, options: options)
        try await withThrowingTaskGroup(of: (Int, [OutputUnit]).self) { group in
            try await pipeline.add(units, to: &group, emit)
            try await pipeline.finish(&group, emit)
        }
    }

    /// An error in the input. Wrapped in this, it lets what came before be translated first.
    public struct InputError: Error {
        public var underlying: any Error

        public init(_ underlying: any Error) { self.underlying = underlying }
    }

    /// Windows on their way through the translator, emitted in the order in which they were filled.
    private struct Pipeline {
        let translator: any SegmentTranslator
        let options: TranslationOptions
        private var window: [TextUnit] = []
        private var segments = 0
        /// Whether the unit before the window is a sentence.
        private var followsSentence = false
        private var started = 0
        private var emitted = 0
        private var waiting: [Int: [OutputUnit]] = [:]

        init(translator: any SegmentTranslator, options: TranslationOptions) {
            self.translator = translator
            self.options = options
        }

        mutating func add(
            _ units: [TextUnit],
            to group: inout ThrowingTaskGroup<(Int, [OutputUnit]), any Error>,
            _ emit: (OutputUnit) async throws -> Void
        ) async throws {
            for unit in units {
                window.append(unit)
                if case .sentence = unit { segments += 1 }
                if segments >= TextTranslator.windowSegments || window.count >= 16 * TextTranslator.windowSegments {
                    try await start(&group, emit)
                }
            }
        }

        mutating func finish(
            _ group: inout ThrowingTaskGroup<(Int, [OutputUnit]), any Error>,
            _ emit: (OutputUnit) async throws -> Void
        ) async throws {
            if !window.isEmpty { try await start(&group, emit) }
            while emitted < started { try await emitNext(&group, emit) }
        }

        private mutating func start(
            _ group: inout ThrowingTaskGroup<(Int, [OutputUnit]), any Error>,
            _ emit: (OutputUnit) async throws -> Void
        ) async throws {
            while started - emitted >= TextTranslator.windowsInFlight { try await emitNext(&group, emit) }
            let (number, units) = (started, window)
            let (translator, options, follows) = (translator, options, followsSentence)
            group.addTask {
                (number, try await TextTranslator.translate(units, followsSentence: follows, with: translator, options))
            }
            if case .sentence? = units.last { followsSentence = true } else { followsSentence = false }
            started += 1
            window.removeAll(keepingCapacity: true)
            segments = 0
        }

        private mutating func emitNext(
            _ group: inout ThrowingTaskGroup<(Int, [OutputUnit]), any Error>,
            _ emit: (OutputUnit) async throws -> Void
        ) async throws {
            while waiting[emitted] == nil, let (number, units) = try await group.next() { waiting[number] = units }
            for unit in waiting.removeValue(forKey: emitted) ?? [] { try await emit(unit) }
            emitted += 1
        }
    }

    /// Translates the sentences among units.
    private static func translate(
        _ units: [TextUnit],
        followsSentence: Bool,
        with translator: any SegmentTranslator,
        _ options: TranslationOptions
    ) async throws -> [OutputUnit] {
        let sentences = units.compactMap { unit in
            if case .sentence(let text) = unit { text } else { nil }
        }
        try Task.checkCancellation()
        var translations = try await translator.translate(sentences, options: options)[...]
        var output: [OutputUnit] = []
        var previousIsSentence = followsSentence
        for unit in units {
            switch unit {
            case .verbatim(let text):
                output.append(.verbatim(text))
                previousIsSentence = false
            case .sentence(let text):
                let translation = translations.popFirst() ?? .copied(text)
                if previousIsSentence, Self.usesSpaces(translator.pair.target) { output.append(.inserted) }
                output.append(.segment(source: text, translation))
                previousIsSentence = true
            }
        }
        return output
    }

    /// Whether a language puts spaces between sentences. Sentences of one that does not stand side by side.
    private static func usesSpaces(_ language: String) -> Bool {
        !["zh", "ja", "th", "lo", "km", "my", "bo"].contains(language)
    }
}

extension OutputUnit {
    /// The space between two sentences that had none between them.
    fileprivate static var inserted: OutputUnit { .segment(source: "", SegmentTranslation(text: " ", confidence: 1)) }
}

/// A text as a stream of one chunk.
private struct SingleChunk: AsyncSequence, AsyncIteratorProtocol {
    private var text: String?

    init(_ text: String) { self.text = text }

    mutating func next() async -> String? {
        defer { text = nil }
        return text
    }

    func makeAsyncIterator() -> SingleChunk { self }
}
