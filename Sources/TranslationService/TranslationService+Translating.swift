internal import Environment
internal import MachineTranslation
internal import TextAnalysis

extension TranslationService {
    /// A segment that was just translated.
    struct FinishedSegment: Sendable {
        /// Which of the request's texts it is in.
        var text: Int
        var segment: TextResult.Segment
        var translation: String
    }

    /// Texts of so many bytes are cut and put together where the caller runs: it takes no longer than to read the request.
    private static let shortBytes = 1_000

    /// Translates a checked request that somebody waits for; a long one on the threads for such texts.
    func translateWhileWaiting(_ request: TextRequest, _ order: WorkOrder) async throws -> TextResult {
        guard request.texts.reduce(0, { $0 + $1.utf8.count }) > Self.shortBytes else {
            return try await translate(request, order) { _ in }
        }
        return try await withTaskExecutorPreference(executors.urgent) {
            try await translate(request, order) { _ in }
        }
    }

    /// Translates a checked request where the caller runs.
    /// - Parameter onSegment: called for every segment as it is finished: in order within a text, and never twice at once.
    func translate(
        _ request: TextRequest,
        _ order: WorkOrder,
        onSegment: @escaping @Sendable (FinishedSegment) async -> Void
    ) async throws -> TextResult {
        if request.texts.count == 1 {
            let text = try await translate(request.texts[0], 0, request, order, onSegment)
            return TextResult(texts: [text], isList: request.isList, words: request.words)
        }
        return try await translateManyTexts(request, order, onSegment)
    }

    /// How many segments the texts have.
    /// - Throws: `CancellationError`.
    func segmentCount(of request: TextRequest) throws -> Int {
        try request.texts.enumerated().reduce(0) { sum, text in
            let source = request.recognised?[text.offset] ?? request.source
            let language = source == TextRequest.anySource ? request.target : source
            return sum + (try units(of: text.element, language, request.format).count { $0.isSentence })
        }
    }

    private func translateManyTexts(
        _ request: TextRequest,
        _ order: WorkOrder,
        _ onSegment: @escaping @Sendable (FinishedSegment) async -> Void
    ) async throws -> TextResult {
        var texts: [TextResult.Text?] = Array(repeating: nil, count: request.texts.count)
        let (finished, segments) = AsyncStream.makeStream(of: FinishedSegment.self)
        // Segments of several texts finish at once; they are told of one after the other.
        async let telling: Void = { for await segment in finished { await onSegment(segment) } }()
        do {
            defer { segments.finish() }
            try await withThrowingTaskGroup(of: (Int, TextResult.Text).self) { group in
                for (index, text) in request.texts.enumerated() {
                    if index >= limits.textsInFlight, let (done, result) = try await group.next() {
                        texts[done] = result
                    }
                    group.addTask {
                        (index, try await self.translate(text, index, request, order) { segments.yield($0) })
                    }
                }
                for try await (done, result) in group { texts[done] = result }
            }
        }
        await telling
        return TextResult(texts: texts.compactMap { $0 }, isList: request.isList, words: request.words)
    }

    private func translate(
        _ text: String,
        _ index: Int,
        _ request: TextRequest,
        _ order: WorkOrder,
        _ onSegment: @Sendable (FinishedSegment) async -> Void
    ) async throws -> TextResult.Text {
        let language = try sourceLanguage(of: index, request)
        let detected = request.source == TextRequest.anySource ? language : nil
        // A text that is already in the target's language is left as it is.
        guard language != request.target else {
            return TextResult.Text(text: text, segments: [], detectedLanguage: detected)
        }
        let pair = LanguagePair(source: language, target: request.target)
        let translator = TextTranslator(try await segmentTranslator(for: pair, request.format, order.owner))
        var result = TextResult.Text(text: "", segments: [], detectedLanguage: detected)
        var assembly = SegmentPlaces()
        let options = options(request, order)
        let units = try units(of: text, language, request.format)
        try await translator.stream(units: units, options: options) { unit in
            result.text += unit.text
            guard let segment = assembly.add(unit) else { return }
            result.segments.append(segment)
            await onSegment(FinishedSegment(text: index, segment: segment, translation: unit.text))
        }
        return result
    }

    /// A text cut into its units, as long as somebody waits for it.
    private func units(of text: String, _ language: String, _ format: TextFormat) throws -> [TextUnit] {
        switch format {
        case .html: try HTMLSegmenter(language: language).units(of: text, checking: Task.checkCancellation)
        case .text: try TextSegmenter.units(of: text, language: language, checking: Task.checkCancellation)
        }
    }

    private func options(_ request: TextRequest, _ order: WorkOrder) -> TranslationOptions {
        var options = TranslationOptions()
        options.alternatives = request.alternatives
        // The engine takes the highest first: the one that is due first.
        options.priority = Int(-order.due.microseconds)
        options.isUrgent = order.isUrgent
        return options
    }

    private func segmentTranslator(
        for pair: LanguagePair,
        _ format: TextFormat,
        _ owner: String
    ) async throws -> any SegmentTranslator {
        let ready = try await translators.translator(for: pair)
        var translator = ready.translator
        if let cache {
            translator = CachingTranslator(
                translator,
                cache: cache,
                fingerprint: ready.fingerprint,
                owner: owner,
                count: { [self] in count($0) }
            )
        }
        return format == .html ? HTMLSegmentTranslator(translator) : translator
    }
}

/// Where units of output lie in source and target.
private struct SegmentPlaces {
    private var source = 0
    private var target = 0

    /// Takes the next unit; the segment, if it is one that comes from the source.
    mutating func add(_ unit: OutputUnit) -> TextResult.Segment? {
        let targetStart = target
        target += unit.text.utf16.count
        switch unit {
        case .verbatim(let text):
            source += text.utf16.count
            return nil
        case .segment(let original, let translation):
            guard !original.isEmpty else { return nil }
            let sourceStart = source
            source += original.utf16.count
            return TextResult.Segment(
                source: sourceStart..<source,
                target: targetStart..<target,
                confidence: translation.confidence,
                isCached: translation.isCached,
                isDoubtful: translation.remark != nil,
                alternatives: translation.alternatives
            )
        }
    }
}

extension TextUnit {
    fileprivate var isSentence: Bool {
        if case .sentence = self { true } else { false }
    }
}
