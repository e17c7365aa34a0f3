import Foundation
import Inference
import MachineTranslation
import TemporaryFolders
import Testing

/// What the options and the task around a translation do.
struct TranslationOptionTests {
    private static let sentences = (try? Repository.lines("Tests/Fixtures/flores-dev/en.txt")) ?? []

    @Test(arguments: [1, 3, 7])
    func alternatives_areDistinctAndAtMostAsManyAsAsked(count: Int) async throws {
        let segments = Array(Self.sentences[..<12]) + ["Yes.", "Write to {name} at 5 {unit}.", "{x}"]
        let translations = try await TestModels.starter("en", "es").translate(
            segments,
            options: .init(alternatives: count)
        )
        for translation in translations {
            let all = [translation.text] + translation.alternatives
            #expect(translation.alternatives.count <= count)
            #expect(Set(all).count == all.count)
            #expect(all.allSatisfy { !$0.isEmpty })
        }
        #expect(translations[..<12].allSatisfy { !$0.alternatives.isEmpty })
        #expect(translations.last?.alternatives == [])
    }

    @Test func noAlternativesAsked_noneGiven() async throws {
        let translations = try await TestModels.starter("en", "es").translate(
            ["Good morning."],
            options: .init(beamSize: 4)
        )
        #expect(translations[0].alternatives.isEmpty)
    }

    @Test func remarks_goWithTheirConfidence() async throws {
        let segments = Array(Self.sentences[..<100])
        let translations = try await TestModels.starter("en", "hi").translate(segments, options: .init())
        for (segment, translation) in zip(segments, translations) {
            switch translation.remark {
            case .copied:
                #expect(translation.text == segment && translation.confidence == 0)
            case .doubtful:
                #expect(OutputGuard(source: segment).fault(in: translation.text) != nil)
                #expect(translation.confidence <= 0.5)
            case nil:
                #expect(OutputGuard(source: segment).fault(in: translation.text) == nil)
                #expect(translation.confidence > 0)
            }
        }
    }

    /// A random model loops and runs on, so the guards have something to find.
    private func randomTranslator(_ folder: TemporaryFolder) throws -> NeuralTranslator {
        for (name, data) in try ArgosPackageTests.files() { try folder.write(data, name) }
        return NeuralTranslator(try TestModels.load(folder.path), pair: .init(source: "en", target: "es"))
    }

    @Test func badOutput_isMarkedAndItsConfidenceLowered() async throws {
        let folder = try TemporaryFolder()
        let translator = try randomTranslator(folder)
        let segments = Array(Self.sentences[..<20])
        let guarded = try await translator.translate(segments, options: .init())
        let plain = try await translator.translate(segments, options: .init(guards: false))
        #expect(plain.allSatisfy { $0.remark == nil })
        let faulty = zip(segments, plain).filter { OutputGuard(source: $0).fault(in: $1.text) != nil }
        #expect(!faulty.isEmpty)
        for (segment, translation) in zip(segments, guarded) where translation.remark != .copied {
            let isFaulty = OutputGuard(source: segment).fault(in: translation.text) != nil
            #expect((translation.remark == .doubtful) == isFaulty)
        }
        #expect(guarded.contains { $0.remark == .doubtful })
        let pairs = zip(plain, guarded).filter { $1.remark == .doubtful && $0.text == $1.text }
        #expect(pairs.allSatisfy { $1.confidence < $0.confidence })
    }

    @Test func soundOutput_isTheSameWithGuardsAndWithout() async throws {
        let segments = Array(Self.sentences[..<60])
        let translator = try await TestModels.starter("en", "es")
        let guarded = try await translator.translate(segments, options: .init(beamSize: 2))
        let plain = try await translator.translate(segments, options: .init(beamSize: 2, guards: false))
        for (segment, (with, without)) in zip(segments, zip(guarded, plain)) {
            #expect(without.remark == nil)
            if OutputGuard(source: segment).fault(in: without.text) == nil { #expect(with == without) }
        }
    }

    @Test func segment_isTranslatedAloneAsInABatchAndInAnotherOrder() async throws {
        let segments = Array(Self.sentences[..<98]) + ["Yes.", "Write to {name}."]
        let translator = try await TestModels.starter("en", "es")
        let options = TranslationOptions(beamSize: 2, alternatives: 1)
        let batch = try await translator.translate(segments, options: options)
        let reversed = try await translator.translate(segments.reversed(), options: options)
        #expect(batch == reversed.reversed())
        for index in [0, 17, 50, 98, 99] {
            let alone = try await translator.translate([segments[index]], options: options)
            #expect(alone == [batch[index]])
        }
    }

    @Test func callsAtTheSameTime_doNotMixTheirResults() async throws {
        let translator = try await TestModels.starter("en", "es")
        let expected = try await translator.translate(Array(Self.sentences[..<40]), options: .init())
        try await withThrowingTaskGroup(of: (Int, [SegmentTranslation]).self) { group in
            for start in stride(from: 0, to: 40, by: 5) {
                group.addTask {
                    (start, try await translator.translate(Array(Self.sentences[start..<start + 5]), options: .init()))
                }
            }
            for try await (start, translations) in group { #expect(translations == Array(expected[start..<start + 5])) }
        }
    }

    @Test func cancelledTask_endsWithAnErrorAndTheNextIsServed() async throws {
        let translator = try await TestModels.starter("en", "es")
        let segments = (0..<10).flatMap { round in Self.sentences.map { "\(round): \($0)" } }
        let task = Task { try await translator.translate(segments, options: .init(beamSize: 16)) }
        // Behind the long request in the queue; once it is served, that one is under way.
        _ = try await translator.translate(["Hello."], options: .init(priority: 1))
        task.cancel()
        let error = await #expect(throws: InferenceError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(try await translator.translate(["Hello."], options: .init()).count == 1)
    }

    @Test func higherPriority_isServedFirst() async throws {
        let folder = try TemporaryFolder()
        for (name, data) in try ArgosPackageTests.files() { try folder.write(data, name) }
        // One row at a time, so that requests are served one after the other.
        var configuration = InferenceEngine.Configuration(threads: 1)
        configuration.maximumRows = 1
        let description = try ModelLocator().describe(folder.path)
        let model = try LoadedModel(description, engine: configuration, cacheFolder: nil)
        let translator = NeuralTranslator(model, pair: .init(source: "en", target: "es"))
        let options = TranslationOptions(beamSize: 1, guards: false)
        var urgent = options
        urgent.priority = 1
        let low = Task {
            // All different: what is asked for twice is translated once.
            let segments = (0..<2_000).map { "\($0): \(Self.sentences[0])" }
            _ = try await translator.translate(segments, options: options)
            return ContinuousClock.now
        }
        _ = try await translator.translate(["Hello."], options: urgent)
        let first = ContinuousClock.now
        #expect(try await low.value > first)
    }
}
