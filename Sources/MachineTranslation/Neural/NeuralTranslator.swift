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
        /// Whether a part stands as it was, since the model cannot take it or gave nothing for it.
        var isIncomplete: Bool
    }

    /// How a run decodes.
    private struct Settings {
        var isSecond: Bool
        var options: TranslationOptions

        /// The second run forbids repetitions and searches wider.
        var decoding: DecodingOptions {
            var decoding = DecodingOptions()
            decoding.hypotheses = min(options.alternatives, DecodingOptions.largestBeam) + 1
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
        // Where guards are off there is no second run, and no remark on how the text reads.
        let isDoubtful = best.isIncomplete || second != nil && best.fault != nil
        var alternatives: [String] = []
        for case let other? in best.texts.dropFirst()
        where !other.hasSameBytes(as: text) && !alternatives.contains(where: other.hasSameBytes) {
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
        let prefix = try model.targetPrefix(for: pair)
        var sources = DistinctSources()
        let plans = try zip(segments, outside).map { segment, outside in
            let (plan, tokens) = try plan(segment, keepsSpansOutside: outside)
            return (plan, tokens.map { $0.map { sources.add($0) } })
        }
        let requests = sources.all.map { source in
            GenerationRequest(
                source: source,
                prefix: prefix,
                options: settings.decoding,
                priority: settings.options.priority,
                isUrgent: settings.options.isUrgent
            )
        }
        let results = try await model.engine.generate(requests)
        return try plans.map { plan, places in
            try attempt(plan, places.map { $0.map { results[$0].hypotheses } }, prefix)
        }
    }

    /// Cuts a segment into what goes through the model, with the tokens of each text; nil for those it cannot take.
    private func plan(_ segment: String, keepsSpansOutside: Bool) throws -> (SegmentPlan, [[Int32]?]) {
        func attempt(trustsBytes: Bool) throws -> (SegmentPlan, [[Int32]?]) {
            let plan = try SegmentPlan(segment, language: pair.source, keepsSpansOutside: keepsSpansOutside) { text in
                // Hardly a token has less than a byte, so short texts need not be tokenized to know that they fit.
                if trustsBytes, text.utf8.count <= model.maximumSourceTokens - Self.spareTokens { return true }
                return try source(String(text)).map { $0.count <= model.maximumSourceTokens - 2 } ?? false
            }
            return (plan, try plan.texts.map(source))
        }
        let quick = try attempt(trustsBytes: true)
        // Some characters are written out before they are tokenized: U+FDFA becomes eighteen.
        return quick.1.contains(nil) ? try attempt(trustsBytes: false) : quick
    }

    /// Tokens that a text can have beyond its bytes: a prefix, an end, and the space that goes before a text.
    private static let spareTokens = 4

    /// A text's tokens; nil where there are none, or more than the model or the tokenizer takes.
    /// - Throws: `.cancelled` once nobody waits for them: here all the time goes that planning takes.
    private func source(_ text: String) throws -> [Int32]? {
        guard !Task.isCancelled else { throw InferenceError(.cancelled, "The request was withdrawn.") }
        guard let ids = try? model.sourceIDs(text, for: pair), !ids.isEmpty, ids.count <= model.maximumSourceTokens
        else { return nil }
        return ids
    }

    /// - Parameter hypotheses: for each of the plan's texts; nil where the model cannot take it.
    private func attempt(_ plan: SegmentPlan, _ hypotheses: [[Hypothesis]?], _ prefix: [Int32]) throws -> Attempt {
        let sources = plan.texts
        var isIncomplete = false
        let count = hypotheses.map { $0?.count ?? 0 }.max() ?? 0
        let texts = try (0..<max(count, 1)).map { rank in
            let parts = try zip(sources, hypotheses).map { source, hypotheses in
                // A part with fewer alternatives than another stands with its best.
                let chosen = hypotheses.flatMap { $0.count > rank ? $0[rank] : $0.first }
                let part = try chosen.map { try model.text($0.tokens, prefix: prefix) }
                // What a segment of several parts has no translation for stays, rather than be lost without a trace.
                if let part, plan.isOneText || !part.allSatisfy(\.isWhitespace) { return part }
                guard !plan.isOneText else { return "" }
                if rank == 0 { isIncomplete = true }
                return source
            }
            return plan.assemble(parts)
        }
        return Attempt(
            texts: texts,
            confidence: confidence(hypotheses.compactMap { $0?.first }),
            fault: texts[0].flatMap { OutputGuard(source: plan.segment).fault(in: $0) },
            isIncomplete: isIncomplete
        )
    }

    /// The geometric mean of all parts' token probabilities; 1 where nothing went through the model.
    private func confidence(_ parts: [Hypothesis]) -> Double {
        let tokens = parts.reduce(0) { $0 + $1.logProbabilities.count }
        guard tokens > 0 else { return 1 }
        let sum = parts.reduce(0.0) { $0 + $1.logProbabilities.reduce(0) { $0 + Double($1) } }
        return min(1, exp(sum / Double(tokens)))
    }
}

/// The sources of a run, each once: what a source yields depends on it alone.
private struct DistinctSources {
    private(set) var all: [[Int32]] = []
    private var places: [[Int32]: Int] = [:]

    /// The place of a source in `all`.
    mutating func add(_ source: [Int32]) -> Int {
        if let place = places[source] { return place }
        places[source] = all.count
        all.append(source)
        return all.count - 1
    }
}

extension String {
    /// Whether both are the same, byte by byte. `==` brings combining marks into order first, and thousands of them in a
    /// row take time that grows with their square.
    fileprivate func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
