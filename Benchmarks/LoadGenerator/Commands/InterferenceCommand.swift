internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1

/// How long urgent sentences take alone, and beside a long job.
struct InterferenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interference",
        abstract: "Measures urgent sentences alone and beside a long job of the lowest class.",
        discussion:
            "The server must run without its segment cache. A long job is always in progress: one follows the other."
    )

    @OptionGroup
    var server: ServerOptions

    @Option(help: "Words of the long job.")
    var words = 15_000

    @Option(help: "Urgent sentences, one after the other, each way.")
    var sentences = 600

    func validate() throws {
        guard (1000...100_000).contains(words) else {
            throw ValidationError("--words is '\(words)', expected 1000 to 100000.")
        }
        guard (20...10_000).contains(sentences) else {
            throw ValidationError("--sentences is '\(sentences)', expected 20 to 10000.")
        }
    }

    private enum Way: String, CaseIterable {
        case synchronous = "urgent sentence at once"
        case job = "urgent sentence as a CRITICAL job with `Prefer: wait`"
    }

    func run() async throws {
        let client = LoadClient(try server.address())
        let numbers = SentenceNumbers()
        _ = try await measure(client, .synchronous, numbers)
        for way in Way.allCases {
            let alone = try await measure(client, way, numbers)
            let beside = try await withThrowingTaskGroup(of: Void.self) { group in
                let running = RunningJob()
                group.addTask { try await keepBusy(client, numbers, running) }
                defer { group.cancelAll() }
                try await running.wait()
                return try await measure(client, way, numbers)
            }
            let ratio = beside.quantile(0.95) / alone.quantile(0.95)
            Figures.row(
                "\(way.rawValue): p50, p95 alone",
                "\(Figures.milliseconds(alone.quantile(0.5))), \(Figures.milliseconds(alone.quantile(0.95)))"
            )
            Figures.row(
                "the same beside a STANDARD job of \(Figures.count(words)) words",
                "\(Figures.milliseconds(beside.quantile(0.5))), \(Figures.milliseconds(beside.quantile(0.95))); "
                    + "ratio of p95 \(Figures.ratio(ratio))",
                "ratio ≤ 2"
            )
        }
    }

    private func measure(
        _ client: LoadClient,
        _ way: Way,
        _ numbers: SentenceNumbers
    ) async throws -> LatencyHistogram {
        var latencies = LatencyHistogram()
        for _ in 0..<sentences {
            let text = Sentences.sentence(numbers.next())
            let begin = ContinuousClock.now
            let answer =
                switch way {
                case .synchronous: try await client.send(.POST, "/api/v1/translate", json: try API.body(text))
                case .job:
                    try await client.send(
                        .POST,
                        "/api/v1/translations",
                        json: try API.body(text, priority: "CRITICAL"),
                        headers: ["Prefer": "wait=30"]
                    )
                }
            guard answer.status == 200 else { throw UnexpectedAnswer(request: way.rawValue, answer: answer) }
            latencies.record(.now - begin)
        }
        return latencies
    }

    /// Submits one long job after the other until it is cancelled, then withdraws the last one.
    private func keepBusy(_ client: LoadClient, _ numbers: SentenceNumbers, _ running: RunningJob) async throws {
        while !Task.isCancelled {
            let job = try await client.submit(try API.body(longText(numbers), priority: "STANDARD"))
            do {
                var isKnown = false
                while true {
                    let state: API.Job = try await client.read(.GET, job)
                    if !isKnown, state.status == "PROCESSING" { isKnown = true; running.begin() }
                    if state.hasEnded { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
            } catch is CancellationError {
                _ = try await client.send(.DELETE, job)
            }
        }
    }

    /// An array of paragraphs, since an array may have no more than 1,000 of them.
    private func longText(_ numbers: SentenceNumbers) -> [String] {
        var texts: [String] = []
        var count = 0
        while count < words {
            let paragraph = (0..<5).map { _ in Sentences.sentence(numbers.next()) }.joined(separator: " ")
            texts.append(paragraph)
            count += Sentences.words(in: paragraph)
        }
        return texts
    }
}
