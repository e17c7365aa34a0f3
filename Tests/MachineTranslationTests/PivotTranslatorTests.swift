import MachineTranslation
import Testing

/// Translation through a third language.
struct PivotTranslatorTests {
    private func step(
        _ source: String,
        _ target: String,
        confidence: Double = 0.5,
        remark: SegmentTranslation.Remark? = nil
    ) -> MappingTranslator {
        MappingTranslator(pair: .init(source: source, target: target)) { text in
            guard remark != .copied else { return SegmentTranslation(text: text, confidence: 0, remark: remark) }
            return SegmentTranslation(
                text: "\(text)>\(target)",
                confidence: confidence,
                alternatives: ["other"],
                remark: remark
            )
        }
    }

    @Test func segments_goThroughBothSteps() async throws {
        let pivot = PivotTranslator(step("es", "en", confidence: 0.8), step("en", "hi"))
        #expect(pivot.pair == LanguagePair(source: "es", target: "hi"))
        let results = try await pivot.translate(["a", "b"], options: .init())
        #expect(results.map(\.text) == ["a>en>hi", "b>en>hi"])
        #expect(results.allSatisfy { abs($0.confidence - 0.4) < 1e-9 && $0.remark == nil })
        #expect(results[0].alternatives == ["other"])
    }

    typealias Remarks = (first: SegmentTranslation.Remark?, second: SegmentTranslation.Remark?)
    static let doubts: [Remarks] = [(.doubtful, nil), (nil, .doubtful), (.doubtful, .doubtful)]
    static let copies: [Remarks] = [
        (.copied, nil), (nil, .copied), (.doubtful, .copied), (.copied, .doubtful), (.copied, .copied),
    ]

    @Test(arguments: doubts)
    func doubtOfEitherStep_isPassedOn(first: SegmentTranslation.Remark?, second: SegmentTranslation.Remark?)
        async throws
    {
        let pivot = PivotTranslator(step("es", "en", remark: first), step("en", "hi", remark: second))
        let results = try await pivot.translate(["a"], options: .init())
        #expect(results[0].remark == .doubtful)
        #expect(results[0].text == "a>en>hi")
    }

    /// A copy from the middle would be in a language that nobody asked for.
    @Test(arguments: copies)
    func copyInEitherStep_givesTheSource(
        first: SegmentTranslation.Remark?,
        second: SegmentTranslation.Remark?
    ) async throws {
        let pivot = PivotTranslator(step("es", "en", remark: first), step("en", "hi", remark: second))
        let results = try await pivot.translate(["a"], options: .init())
        #expect(results == [SegmentTranslation(text: "a", confidence: 0, remark: .copied)])
    }

    @Test func spanishToHindi_goesThroughTheStarter() async throws {
        let translator = try await TestModels.starter("es", "hi")
        // Two models stand behind it, of which each is the starter.
        #expect((translator as? LeasedTranslator)?.fingerprint.split(separator: "+").count == 2)
        let results = try await translator.translate(
            ["Buenos días.", "El libro {name} está en https://example.com."],
            options: .init(beamSize: 2)
        )
        #expect(results.allSatisfy { !$0.text.isEmpty && $0.confidence > 0 })
        #expect(results[0].text.unicodeScalars.contains { (0x900...0x97F).contains($0.value) })
        #expect(results[1].text.contains("{name}") && results[1].text.contains("https://example.com"))
    }
}
