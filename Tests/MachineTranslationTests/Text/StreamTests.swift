import Foundation
import MachineTranslation
import Synchronization
import Testing

/// Translation of text that comes in pieces.
struct StreamTests {
    private struct Broken: Error {}

    private func output(
        of chunks: Chunks,
        _ translator: some SegmentTranslator = IdentityTranslator()
    ) async throws -> String {
        var text = ""
        try await TextTranslator(translator).stream(chunks) { text += $0.text }
        return text
    }

    @Test func randomChunks_makeNoDifference() async throws {
        var generator = SeededGenerator(seed: 4)
        let translator = MappingTranslator(pair: .init(source: "en", target: "es")) {
            .init(text: "[\($0)]", confidence: 1)
        }
        for text in LayoutTests.texts(200, seed: 5) + [String(repeating: "你好。", count: 300)] {
            let whole = try await TextTranslator(translator).translate(text).text
            let chunked = try await output(of: .random(text, using: &generator), translator)
            #expect(chunked.utf8.elementsEqual(whole.utf8), "\(text.debugDescription)")
        }
    }

    @Test func emptyChunk_bringsOutWhatHasCome() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let (outputs, out) = AsyncStream.makeStream(of: String.self)
        let task = Task {
            try await TextTranslator(IdentityTranslator()).stream(stream) { out.yield($0.text) }
            out.finish()
        }
        var iterator = outputs.makeAsyncIterator()
        continuation.yield("First line.\nSecond ")
        continuation.yield("")
        #expect(await iterator.next() == "First line.")
        #expect(await iterator.next() == "\n")
        continuation.yield("line.\n")
        continuation.yield("")
        #expect(await iterator.next() == "Second line.")
        continuation.finish()
        #expect(await iterator.next() == "\n")
        #expect(await iterator.next() == nil)
        try await task.value
    }

    @Test func errorInTheInput_comesAfterWhatWasBeforeIt() async throws {
        let chunks = Chunks(["One.\nTwo", ".\nThr"], failure: TextTranslator.InputError(Broken()))
        var text = ""
        await #expect(throws: Broken.self) {
            try await TextTranslator(IdentityTranslator()).stream(chunks) { text += $0.text }
        }
        #expect(text == "One.\nTwo.\nThr")
    }

    @Test func otherErrors_passThrough() async {
        struct Failing: SegmentTranslator {
            let pair = LanguagePair(source: "en", target: "es")
            func translate(_: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
                throw Broken()
            }
        }
        await #expect(throws: Broken.self) { try await output(of: Chunks(["One."], failure: Broken())) }
        await #expect(throws: Broken.self) { try await output(of: Chunks(["One."]), Failing()) }
        await #expect(throws: Broken.self) {
            try await TextTranslator(IdentityTranslator()).stream(Chunks(["One."])) { _ in throw Broken() }
        }
    }

    /// No segment is lost, even where a translator breaks its promise.
    @Test func translatorThatGivesTooLittle_leavesTheSource() async throws {
        struct Lazy: SegmentTranslator {
            let pair = LanguagePair(source: "en", target: "zh")
            func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
                segments.dropLast().map { SegmentTranslation(text: $0.uppercased(), confidence: 1) }
            }
        }
        let translation = try await TextTranslator(Lazy()).translate("One.\nTwo.\nThree.")
        #expect(translation.text == "ONE.\nTWO.\nThree.")
        #expect(translation.segments.last?.translation.remark == .copied)
    }

    // MARK: Windows

    private static let manyLines = (0..<2_000).map { "Line \($0)." }

    @Test func windowsThatEndOutOfOrder_comeOutInOrder() async throws {
        let gated = GatedTranslator()
        let task = Task { try await output(of: Chunks(Self.manyLines.map { $0 + "\n" }), gated) }
        await gated.waitForCalls(3)
        for call in [2, 1, 0] { gated.release(call) }
        await gated.waitForCalls(6)
        for call in [5, 4, 3] { gated.release(call) }
        gated.open()
        #expect(try await task.value == Self.manyLines.map { $0 + "\n" }.joined())
    }

    @Test func noMoreThanThreeWindows_areInFlight() async throws {
        let peak = Peak()
        let translator = CountingTranslator(peak: peak)
        _ = try await output(of: Chunks(Self.manyLines.map { $0 + "\n" }), translator)
        #expect(peak.calls > 10)
        #expect(peak.highest <= 3)
        #expect(peak.highest > 1)
    }

    /// Input is only taken as fast as output goes out.
    @Test func inputIsNotReadAhead_whileWindowsWait() async throws {
        let gated = GatedTranslator()
        let source = CountedLines(count: 20_000)
        let task = Task { try await TextTranslator(gated).stream(source) { _ in } }
        await gated.waitForCalls(3)
        // The reader may fill one more window before it stops.
        #expect(source.taken.load() < 1_000)
        gated.open()
        try await task.value
        #expect(source.taken.load() == 20_000)
    }

    /// Twenty million bytes, of which only a few windows are ever inside.
    @Test func longText_isNeverHeldAsAWhole() async throws {
        let source = CountedLines(
            count: 200_000,
            line: String(repeating: "The fox jumps over the dog. ", count: 4) + "\n"
        )
        var (written, most) = (0, 0)
        try await TextTranslator(IdentityTranslator()).stream(source) { unit in
            written += unit.text.utf8.count
            most = max(most, source.taken.load() * source.line.utf8.count - written)
        }
        #expect(written == source.count * source.line.utf8.count)
        #expect(written > 20_000_000)
        #expect(most < 100_000)
    }
}

/// A stream of equal lines that counts how many were taken.
private struct CountedLines: AsyncSequence {
    final class Counter: Sendable {
        private let value = Mutex(0)

        func load() -> Int { value.withLock { $0 } }

        func add() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    var count: Int
    var line = "One line.\n"
    let taken = Counter()

    func makeAsyncIterator() -> Iterator { Iterator(lines: self) }

    struct Iterator: AsyncIteratorProtocol {
        let lines: CountedLines

        mutating func next() async -> String? {
            guard lines.taken.load() < lines.count else { return nil }
            _ = lines.taken.add()
            return lines.line
        }
    }
}

/// The most calls that were under way at once.
private final class Peak: Sendable {
    private let state = Mutex((now: 0, highest: 0, calls: 0))

    var highest: Int { state.withLock { $0.highest } }
    var calls: Int { state.withLock { $0.calls } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.calls += 1
            state.highest = max(state.highest, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}

/// An identity translator that takes its turns.
private struct CountingTranslator: SegmentTranslator {
    let pair = LanguagePair(source: "en", target: "zh")
    let peak: Peak

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        peak.enter()
        defer { peak.leave() }
        for _ in 0..<100 { await Task.yield() }
        return segments.map { SegmentTranslation(text: $0, confidence: 1) }
    }
}
