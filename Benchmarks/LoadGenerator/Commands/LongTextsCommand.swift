internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1

/// How long short requests take while others send and fetch long texts.
struct LongTextsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "long-texts",
        abstract: "Measures short requests beside long texts that are submitted and fetched.",
        discussion: "The server must run with the simulated engine, at no time per word."
    )

    @OptionGroup
    var server: ServerOptions

    @Option(help: "Characters of a long text.")
    var characters = 900_000

    @Option(help: "Seconds for each kind.")
    var seconds = 5

    @Option(help: "Clients that send or fetch long texts, without a pause.")
    var clients = 2

    @Option(help: "Clients that make short requests, every 5 ms.")
    var watchers = 6

    func validate() throws {
        guard (1000...1_000_000).contains(characters) else {
            throw ValidationError("--characters is '\(characters)', expected 1000 to 1000000.")
        }
        guard (1...600).contains(seconds), (1...100).contains(clients), (1...100).contains(watchers) else {
            throw ValidationError("--seconds has at most 600, --clients and --watchers 100, and each at least 1.")
        }
    }

    func run() async throws {
        let client = LoadClient(try server.address())
        let body = try API.body(longText())
        let job = try await client.submit(body)
        _ = try await client.end(of: job, every: .milliseconds(100))
        let result = job + "?include=segments"
        let size = try await answered(client, .GET, result).body.readableBytes
        Figures.progress("a result of \(Figures.count(size)) bytes")
        let what = "`/health/live` beside"
        try await measure(client, "\(what) nothing") { try await Task.sleep(for: .milliseconds(100)) }
        try await measure(client, "\(what) results of \(Figures.count(characters)) characters", "p99 < 100 ms") {
            _ = try await answered(client, .GET, result)
        }
        try await measure(client, "\(what) the same, compressed", "p99 < 100 ms") {
            _ = try await answered(client, .GET, result, ["Accept-Encoding": "gzip"])
        }
        try await measure(client, "\(what) submissions of as many", "p99 < 100 ms") {
            _ = try await client.submit(body)
        }
    }

    /// Makes short requests while others do the work, again and again.
    private func measure(
        _ client: LoadClient,
        _ what: String,
        _ aim: String = "",
        _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        let (latencies, count) = try await withThrowingTaskGroup(of: (LatencyHistogram, Int).self) { group in
            for _ in 0..<watchers { group.addTask { (try await watch(client, until: end), 0) } }
            for _ in 0..<clients {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < end {
                        try await work()
                        count += 1
                    }
                    return (LatencyHistogram(), count)
                }
            }
            return try await group.reduce(into: (LatencyHistogram(), 0)) { sum, part in
                sum.0.add(part.0)
                sum.1 += part.1
            }
        }
        let spans = [latencies.quantile(0.5), latencies.quantile(0.99), latencies.maximum].map(Figures.milliseconds)
        let done = Figures.ratio(Double(count) / Double(seconds))
        Figures.row("\(what): p50, p99, longest", "\(spans.joined(separator: ", ")) (\(done)/s)", aim)
    }

    private func watch(_ client: LoadClient, until end: ContinuousClock.Instant) async throws -> LatencyHistogram {
        var latencies = LatencyHistogram()
        while ContinuousClock.now < end {
            let begin = ContinuousClock.now
            _ = try await answered(client, .GET, "/health/live")
            latencies.record(.now - begin)
            try await Task.sleep(for: .milliseconds(5))
        }
        return latencies
    }

    private func answered(
        _ client: LoadClient,
        _ method: HTTPMethod,
        _ path: String,
        _ headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        let answer = try await client.send(method, path, headers: headers)
        guard answer.status == 200 else { throw UnexpectedAnswer(request: "\(method) \(path)", answer: answer) }
        return answer
    }

    private func longText() -> String {
        var text = ""
        var number = 0
        while text.utf8.count < characters {
            text += Sentences.sentence(number) + " "
            number += 1
        }
        return String(text.prefix(characters))
    }
}
