internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1

/// Submits jobs at a fixed rate, whatever the server does, and then looks at them.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submits jobs at a fixed rate and measures how long each submission and status takes.",
        discussion: """
            Requests begin at their times however slow the server is, and their latency counts from those times, so that \
            a server that stalls cannot hide it. With --highest the rate rises by a quarter until the server no longer \
            keeps up.
            """
    )

    @OptionGroup
    var server: ServerOptions

    @Option(help: "Jobs a second.")
    var rate = 500

    @Option(help: "For how long.")
    var seconds = 60

    @Flag(help: "Also look for the highest rate at which 95 of 100 submissions take less than 20 ms.")
    var highest = false

    func validate() throws {
        guard (1...100_000).contains(rate) else { throw ValidationError("--rate is '\(rate)', expected 1 to 100000.") }
        guard (1...3600).contains(seconds) else {
            throw ValidationError("--seconds is '\(seconds)', expected 1 to 3600.")
        }
    }

    func run() async throws {
        let client = LoadClient(try server.address())
        try await warmUp(client)
        let run = try await SubmitRun(client: client, rate: rate, length: .seconds(seconds)).measure()
        let latencies = run.submissions.latencies
        Figures.row(
            "submit \(Figures.count(rate)) jobs/s for \(seconds) s: p50, p95, p99, longest",
            [latencies.quantile(0.5), latencies.quantile(0.95), latencies.quantile(0.99), latencies.maximum]
                .map(Figures.milliseconds).joined(separator: ", "),
            "p95 < 20 ms"
        )
        Figures.row("answers to the submissions", run.submissions.summary, "202 alone")
        Figures.row(
            "the last job's end after the last submission",
            Figures.seconds(run.drain),
            "claimed and completed alike"
        )
        try await measureStatus(client, run.paths)
        if highest { try await findHighest(client) }
    }

    /// The first requests of a server cost more than all later ones.
    private func warmUp(_ client: LoadClient) async throws {
        _ = try await SubmitRun(client: client, rate: min(rate, 100), length: .seconds(3)).measure()
    }

    private func measureStatus(_ client: LoadClient, _ paths: [String]) async throws {
        let recorder = Recorder()
        try await OpenLoop(rate: rate, length: .seconds(10)).run { number, begin in
            let answer = try? await client.send(.GET, paths[number % paths.count])
            recorder.count(answer.map { String($0.status) } ?? "lost")
            recorder.record(.now - begin)
        }
        let latencies = [0.5, 0.95].map { Figures.milliseconds(recorder.latencies.quantile($0)) }
        Figures.row(
            "status at \(Figures.count(rate)) requests/s: p50, p95",
            "\(latencies.joined(separator: ", ")) (\(recorder.summary))",
            "p95 < 10 ms"
        )
    }

    private func findHighest(_ client: LoadClient) async throws {
        var held = 0
        var next = rate
        while next <= 20_000 {
            let run = try await SubmitRun(client: client, rate: next, length: .seconds(10)).measure()
            let p95 = run.submissions.latencies.quantile(0.95)
            Figures.progress(
                "\(next) jobs/s: p95 \(Figures.milliseconds(p95)), \(run.submissions.summary), drain \(run.drain)"
            )
            let isComplete = run.submissions.outcomes["202"] == Int(run.submissions.latencies.count)
            // Jobs that pile up show that workers do not keep up with what is submitted.
            guard p95 < .milliseconds(20), isComplete, run.drain < .seconds(2) else { break }
            held = next
            next += max(1, next / 4)
        }
        let text = held == 0 ? "below \(Figures.count(rate)) jobs/s" : "\(Figures.count(held)) jobs/s"
        Figures.row("highest rate held for 10 s, jobs ending as fast as they come", text)
    }
}

/// One stretch of submissions.
struct SubmitRun {
    struct Result {
        var submissions: Recorder
        var paths: [String]
        /// From the last submission's answer to the last job's end.
        var drain: Duration
    }

    let client: LoadClient
    let rate: Int
    let length: Duration

    func measure() async throws -> Result {
        let recorder = Recorder()
        let paths = PathList()
        try await OpenLoop(rate: rate, length: length).run { number, begin in
            do {
                let body = try API.body(Sentences.sentence(number))
                let answer = try await client.send(.POST, "/api/v1/translations", json: body)
                recorder.record(.now - begin)
                recorder.count(String(answer.status))
                if answer.status == 202 { paths.add(answer) }
            } catch {
                recorder.record(.now - begin)
                recorder.count("lost")
            }
        }
        let begin = ContinuousClock.Instant.now
        while try await client.read(.GET, "/api/v1/admin/queue", as: API.Queue.self).unfinished > 0 {
            guard ContinuousClock.now - begin < .seconds(120) else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        let all = paths.all
        guard !all.isEmpty else { throw NothingAccepted(summary: recorder.summary) }
        return Result(submissions: recorder, paths: all, drain: .now - begin)
    }
}

struct NothingAccepted: Error, CustomStringConvertible {
    var summary: String
    var description: String { "The server accepted no job; its answers were: \(summary)." }
}
