import Inference
import MachineTranslation
import Testing
import TranslationService

/// What a text costs that nobody waits for any more.
struct CancellationTests {
    private let thread = TextThread()

    /// What is used of the processor by work whose task is cancelled before it begins.
    private func cost(of work: @escaping @Sendable () async throws -> Void) async -> (Duration, (any Error)?) {
        await withTaskExecutorPreference(thread.executor) {
            let begin = TextThread.used
            let task = Task(executorPreference: thread.executor) { try await work() }
            task.cancel()
            let result = await task.result
            let cost = TextThread.used - begin
            if case .failure(let error) = result { return (cost, error) }
            return (cost, nil)
        }
    }

    /// 16 MB take seconds to cut, decode, and put together.
    @Test(arguments: TextFormat.allCases)
    func cancelledRequest_costsNothingMore(format: TextFormat) async throws {
        let service = TranslationService.identity(on: thread)
        let (short, long) = (HostileShape.ordinary(1 << 20), HostileShape.ordinary(16 << 20))
        let whole = try await thread.time { _ = try await service.echo(short, format) }
        let (cost, error) = await cost { _ = try await service.echo(long, format) }
        #expect(error != nil)
        // To count and to check its characters is all that is left.
        #expect(cost < whole * 2, "a sixteenth of the text costs \(whole)")
    }

    /// To plan 400 segments of 60 kB takes a minute.
    @Test func cancelledTranslation_endsWhileSegmentsAreStillPlanned() async throws {
        let translator = try await StarterTests.shared.value
        let segments = (0..<400).map { "\($0) " + String(repeating: "word ", count: 12_000) }
        let (cost, error) = await cost { _ = try await translator.translate(segments, options: .init()) }
        #expect((error as? InferenceError)?.code == .cancelled)
        #expect(cost < .seconds(3))
    }
}
