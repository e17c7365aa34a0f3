internal import Foundation
internal import Inference
internal import TextAnalysis

/// Translates segments with a neural model: protect spans → tokenize → infer → detokenize → check → restore spans.
///
/// A segment whose output is faulty, or has lost a protected span, goes through the model a second time with other
/// settings; what stays bad is kept with a remark and a lower confidence. No segment comes out empty.
public struct NeuralTranslator: SegmentTranslator {
    public let pair: LanguagePair
    private let model: LoadedModel

    /// A translator for one of the model's pairs.
    public init(_ model: LoadedModel, pair: LanguagePair) {
        self.model = model
        self.pair = pair
    }

    /// What one run through the model gave for a segment.
    private struct Attempt {
        /// The text and its alternatives; nil where a protected span was lost.
        var texts: [String?]
        var confidence: Double
        var fault: OutputGuard.Fault?
    }

    /// How a run decodes.
    private struct Settings {
        var isSecond: Bool
        var options: TranslationOptions

        /// The second run forbids repetitions and searches wider.
        var decoding: DecodingOptions {
            var decoding = DecodingOptions()
            decoding.hypotheses = options.alternatives + 1
            decoding.beamSize = max(options.beamSize, decoding.hypotheses)
            decoding.maximumLength = 1024
            decoding.maximumLengthPerSourceToken = 3
            decoding.allowsUnknown = false
            if isSecond {
                decoding.beamSize = max(decoding.beamSize, 4)
                decoding.repetitionPenalty = 1.2
                decoding.noRepeatNgramSize = 3
                decoding.maximumLengthPerSourceToken = 2
            }
            return decoding
        }
    }

    public func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        let first = try await attempt(
            segments,
            Array(repeating: false, count: segments.count),
            Settings(isSecond: false, options: options)
        )
        let again = segments.indices.filter { needsSecondRun(first[$0], options) }
        guard !again.isEmpty else { return zip(segments, first).map { finished($0, $1, nil) } }
        let second = try await attempt(
            again.map { segments[$0] },
            again.map { first[$0].texts[0] == nil },
            Settings(isSecond: true, options: options)
        )
        let secondByIndex = Dictionary(uniqueKeysWithValues: zip(again, second))
        return segments.indices.map { finished(segments[$0], first[$0], secondByIndex[$0]) }
    }

    private func needsSecondRun(_ attempt: Attempt, _ options: TranslationOptions) -> Bool {
        attempt.texts[0] == nil || attempt.fault == .empty || (options.guards && attempt.fault != nil)
    }

    /// Chooses between the attempts and says what a reader should know.
    private func finished(_ segment: String, _ first: Attempt, _ second: Attempt?) -> SegmentTranslation {
        var best = first
        if let second, second.texts[0] != nil, first.texts[0] == nil || isBetter(second.fault, than: first.fault) {
            best = second
        }
        guard let text = best.texts[0], best.fault != .empty else {
            return .copied(segment)
        }
        // A word that comes out garbled both times is a name, or none at all.
        if second != nil, [.stutters, .loops].contains(best.fault), OutputGuard(source: segment).isOneWord {
            return .copied(segment)
        }
        // Where guards are off there is no second run, and no remark.
        let isDoubtful = second != nil && best.fault != nil
        var alternatives: [String] = []
        for case let other? in best.texts.dropFirst() where other != text && !alternatives.contains(other) {
            alternatives.append(other)
        }
        return SegmentTranslation(
            text: text,
            confidence: isDoubtful ? best.confidence / 2 : best.confidence,
            alternatives: alternatives,
            remark: isDoubtful ? .doubtful : nil
        )
    }

    private func isBetter(_ fault: OutputGuard.Fault?, than other: OutputGuard.Fault?) -> Bool {
        func badness(_ fault: OutputGuard.Fault?) -> Int {
            switch fault {
            case nil: 0
            case .copiesSource: 1
            case .tooShort: 2
            case .tooLong: 3
            case .stutters: 4
            case .loops: 5
            case .empty: 6
            }
        }
        return badness(fault) < badness(other)
    }

    // MARK: One run

    /// Runs segments through the model once.
    /// - Parameter outside: for each segment, whether its protected spans are kept outside the model.
    private func attempt(_ segments: [String], _ outside: [Bool], _ settings: Settings) async throws -> [Attempt] {
        let plans = zip(segments, outside).map { plan($0, keepsSpansOutside: $1) }
        let prefix = try model.targetPrefix(for: pair)
        let requests = try plans.flatMap(\.texts).map { text in
            GenerationRequest(
                source: try model.sourceIDs(text, for: pair),
                prefix: prefix,
                options: settings.decoding,
                priority: settings.options.priority,
                isUrgent: settings.options.isUrgent
            )
        }
        var results = try await model.engine.generate(requests)[...]
        return try plans.map { plan in
            let own = results.prefix(plan.texts.count)
            results = results.dropFirst(plan.texts.count)
            return try attempt(plan, own.map(\.hypotheses), prefix)
        }
    }

    private func plan(_ segment: String, keepsSpansOutside: Bool) -> SegmentPlan {
        let limit = model.maximumSourceTokens
        return SegmentPlan(
            segment,
            language: pair.source,
            keepsSpansOutside: keepsSpansOutside,
            marker: { Self.marker($0, in: segment) },
            fits: { text in
                // A token has at least one byte, so short texts need not be tokenized to know that they fit.
                text.utf8.count + 4 <= limit
                    || ((try? model.sourceIDs(String(text), for: pair).count) ?? .max) + 2 <= limit
            }
        )
    }

    /// The marker for a protected span: a short word of capitals and a digit, which models copy as they copy names.
    private static func marker(_ index: Int, in segment: String) -> String {
        var letter = "Q"
        while segment.contains(letter) { letter += "X" }
        return "\(letter)\(index + 1)\(letter)"
    }

    private func attempt(_ plan: SegmentPlan, _ hypotheses: [[Hypothesis]], _ prefix: [Int32]) throws -> Attempt {
        let count = hypotheses.map(\.count).max() ?? 1
        let texts = try (0..<max(count, 1)).map { rank in
            // A part with fewer alternatives than another stands with its best.
            let parts = try hypotheses.map {
                try model.text(($0.count > rank ? $0[rank] : $0[0]).tokens, prefix: prefix)
            }
            return plan.assemble(parts)
        }
        let fault = texts[0].flatMap { OutputGuard(source: plan.segment).fault(in: $0) }
        return Attempt(texts: texts, confidence: confidence(hypotheses.map { $0[0] }), fault: fault)
    }

    /// The geometric mean of all parts' token probabilities; 1 where nothing went through the model.
    private func confidence(_ parts: [Hypothesis]) -> Double {
        let tokens = parts.reduce(0) { $0 + $1.logProbabilities.count }
        guard tokens > 0 else { return 1 }
        let sum = parts.reduce(0.0) { $0 + $1.logProbabilities.reduce(0) { $0 + Double($1) } }
        return min(1, exp(sum / Double(tokens)))
    }
}
