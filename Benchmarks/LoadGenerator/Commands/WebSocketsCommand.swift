internal import ArgumentParser
internal import NIOHTTP1

/// Has many WebSockets follow one job, and ends the job.
struct WebSocketsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "websockets",
        abstract: "Follows one job with many WebSockets and measures when all have heard of its end.",
        discussion:
            "The server must have no worker (--role api): the job waits until it is cancelled, and that is the event."
    )

    @OptionGroup
    var server: ServerOptions

    @Option(help: "How many WebSockets.")
    var count = 10_000

    @Option(help: "How many are opened at the same time.")
    var parallel = 64

    func validate() throws {
        guard (1...500_000).contains(count) else {
            throw ValidationError("--count is '\(count)', expected 1 to 500000.")
        }
        guard (1...1000).contains(parallel) else {
            throw ValidationError("--parallel is '\(parallel)', expected 1 to 1000.")
        }
    }

    /// A source address has 28,000 ports to a destination.
    private static let portsPerAddress = 20_000

    func run() async throws {
        try FileLimit.raise(to: count + 256)
        let address = try server.address()
        let process = try server.process()
        let client = LoadClient(address)
        let job = try await client.submit(try API.body(Sentences.sentence(0)))
        let watch = SubscriptionWatch()
        let before = try process.statistics()
        let begin = ContinuousClock.now
        try await open(Subscriber(address: address, job: job, watch: watch))
        let opening = ContinuousClock.now - begin
        // Buffers of the handshakes are given back a moment after them.
        try await Task.sleep(for: .seconds(2))
        let after = try process.statistics()
        guard watch.lostCount == 0 else { throw ConnectionsLost(count: watch.lostCount) }
        let cancelled = ContinuousClock.now
        _ = try await client.send(.DELETE, job)
        let last = await watch.all(count)
        Figures.row(
            "\(Figures.count(count)) WebSockets: opened in, memory of each while idle",
            "\(Figures.seconds(opening)), \(Figures.kibibytes((after.memory - before.memory) / Double(count)))"
        )
        Figures.row(
            "one event to all of them, from the request that caused it",
            "\(Figures.seconds(last - cancelled)) (\(Figures.count(watch.lostCount)) lost)",
            "< 2 s"
        )
    }

    private func open(_ subscriber: Subscriber) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= parallel { try await group.next() }
                let source =
                    subscriber.address.host == "127.0.0.1" ? "127.0.0.\(1 + number / Self.portsPerAddress)" : nil
                group.addTask { try await subscriber.open(from: source) }
                if number % 1000 == 999 { Figures.progress("\(number + 1) WebSockets") }
            }
            try await group.waitForAll()
        }
    }
}

struct ConnectionsLost: Error, CustomStringConvertible {
    var count: Int
    var description: String { "\(count) connections were lost while they were idle." }
}
