import Foundation
import Testing

/// Made-up inputs on everything that reads what strangers write: nothing traps, nothing takes longer than a second, and
/// what must come out as it went in does.
///
/// Inputs are numbered. `FUZZ_INPUTS` says how many, `FUZZ_FIRST` with which to begin, `FUZZ_SECONDS` how long at most;
/// `scripts/fuzz` runs a million of them and finds the one at which the process ended.
@Suite(.serialized) struct FuzzTests {
    private static let longest = Duration.seconds(1)
    private static let thread = TextThread()

    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    @Test func madeUpInputs_neitherTrapNorHangNorGetDamaged() async throws {
        let first = Self.number("FUZZ_FIRST", 0)
        let last = first + Self.number("FUZZ_INPUTS", 20_000)
        let end = ContinuousClock.now + .seconds(Self.number("FUZZ_SECONDS", 45))
        let isTold = Self.number("FUZZ_INPUTS", 0) > 0
        var (number, slowest) = (first, Duration.zero)
        while number < last, .now < end {
            if isTold, number % 1_000 == 0 { Self.tell("fuzz: at input \(number), slowest \(slowest)") }
            let input = TextMutator.input(number)
            let surface = Surface.all[number % Surface.all.count]
            let failure = try await Self.check(surface, input, &slowest)
            if let failure { Issue.record("input \(number) on '\(surface.name)': \(failure): \(Self.shown(input))") }
            number += 1
        }
        if isTold { Self.tell("fuzz: \(number - first) inputs done, slowest \(slowest)") }
        #expect(number > first)
    }

    private static func check(_ surface: Surface, _ input: String, _ slowest: inout Duration) async throws -> String? {
        let begin = ContinuousClock.now
        let failure = try await withTaskExecutorPreference(thread.executor) { try await surface.run(input) }
        var time = ContinuousClock.now - begin
        // Somebody else may have had the processor: what takes long takes long again.
        for _ in 0..<3 where time > longest {
            let begin = ContinuousClock.now
            _ = try await surface.run(input)
            time = min(time, ContinuousClock.now - begin)
        }
        slowest = max(slowest, time)
        return time > longest ? "it takes \(time)" : failure
    }

    private static func shown(_ input: String) -> String {
        String(String.UnicodeScalarView(input.unicodeScalars.prefix(400))).debugDescription
    }

    private static func tell(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
