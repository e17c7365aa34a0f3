internal import ArgumentParser
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Does everything at once for a while, and looks whether the server grows.
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract:
            "Puts mixed load on a server and compares its memory and open files after a warm-up with those at the end.",
        discussion: """
            Jobs are submitted, followed, looked at, listed, cancelled and erased; notes are kept, changed and removed; \
            texts are translated at once; requests are malformed, and connections break off. The exit status is 1 if memory \
            or open files have grown.
            """
    )

    @OptionGroup
    var server: ServerOptions

    @Option(help: "How long, the warm-up of a fifth of it included.")
    var minutes = 10

    @Option(help: "Actions a second.")
    var rate = 100

    func validate() throws {
        guard (1...1440).contains(minutes) else {
            throw ValidationError("--minutes is '\(minutes)', expected 1 to 1440.")
        }
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate is '\(rate)', expected 1 to 10000.") }
    }

    /// What may be gained: allocators keep a little more of what was once used, and a few sockets come and go.
    private static let allowance = (memoryShare: 1.1, memoryBytes: Double(16 << 20), files: 16.0)

    func run() async throws {
        try FileLimit.raise(to: 8192)
        let address = try server.address()
        let process = try server.process()
        let actions = SoakActions(address: address)
        let length = Duration.seconds(minutes * 60)
        try await load(actions, length / 5)
        let first = try process.statistics()
        Figures.progress("after the warm-up: \(Figures.mebibytes(first.memory)), \(Int(first.files)) files")
        for part in 1...4 {
            try await load(actions, length / 5)
            let now = try process.statistics()
            Figures.progress("\(part) of 4: \(Figures.mebibytes(now.memory)), \(Int(now.files)) files")
        }
        let last = try process.statistics()
        Figures.row(
            "mixed load, \(minutes) min, \(rate) actions/s: memory after warm-up, at the end",
            "\(Figures.mebibytes(first.memory)), \(Figures.mebibytes(last.memory))",
            "flat"
        )
        Figures.row("open files after warm-up, at the end", "\(Int(first.files)), \(Int(last.files))", "no growth")
        Figures.row("what happened", actions.recorder.summary)
        let hasGrown =
            last.memory > first.memory * Self.allowance.memoryShare + Self.allowance.memoryBytes
            || last.files > first.files + Self.allowance.files
        let hasFailed = actions.recorder.outcomes.keys.contains { $0.hasPrefix("unexpected") }
        if hasGrown || hasFailed { throw ExitCode.failure }
    }

    /// Load for some time, then silence until nothing is left to do, so that both measurements are taken at rest.
    private func load(_ actions: SoakActions, _ length: Duration) async throws {
        try await OpenLoop(rate: rate, length: length).run { number, _ in await actions.perform(number) }
        let begin = ContinuousClock.now
        while try await actions.client.read(.GET, "/api/v1/admin/queue", as: API.Queue.self).unfinished > 0 {
            guard ContinuousClock.now - begin < .seconds(60) else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        try await Task.sleep(for: .seconds(2))
    }
}
