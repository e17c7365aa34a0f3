internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1

/// Compares many clients that send a sentence each with one client that sends as many in an array.
struct TranslateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "translate",
        abstract: "Compares the speed of many clients sending single sentences with one client sending an array.",
        discussion: "The server must run without its segment cache, and allow synchronous texts of 200,000 characters."
    )

    @OptionGroup
    var server: ServerOptions

    @Option(help: "Clients that each send one sentence at a time, and sentences in an array of the one client.")
    var clients = 64

    @Option(help: "Sentences in all, in each turn; also the length of the long arrays, for comparison.")
    var sentences = 960

    @Option(help: "Turns of each way, one after the other.")
    var rounds = 5

    func validate() throws {
        guard (1...1000).contains(clients) else {
            throw ValidationError("--clients is '\(clients)', expected 1 to 1000.")
        }
        guard (1...1000).contains(sentences) else {
            throw ValidationError(
                "--sentences is '\(sentences)', expected 1 to 1000, the longest array that is accepted."
            )
        }
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds is '\(rounds)', expected 1 to 100.") }
    }

    func run() async throws {
        let client = LoadClient(try server.address())
        var next = 0
        func texts(_ count: Int) -> [String] {
            defer { next += count }
            return (next..<next + count).map(Sentences.sentence)
        }
        _ = try await together(client, texts(clients), in: clients)
        var (arrays, longArrays, singles) = ([Double](), [Double](), [Double]())
        for round in 1...rounds {
            arrays.append(try await together(client, texts(sentences), in: clients))
            singles.append(try await apart(client, texts(sentences)))
            longArrays.append(try await together(client, texts(sentences), in: sentences))
            Figures.progress("round \(round): arrays \(arrays[round - 1]), single \(singles[round - 1]) words/s")
        }
        func row(_ what: String, _ speeds: [Double]) {
            Figures.row(what, "\(Figures.count(Int(Self.median(speeds)))) words/s")
        }
        row("one client, arrays of \(clients) sentences", arrays)
        row("\(clients) clients, a sentence at a time", singles)
        ratio("ratio of the two", singles, arrays, "≥ 0.8")
        row("one client, arrays of \(Figures.count(sentences)) sentences", longArrays)
        ratio("ratio to that", singles, longArrays)
    }

    private func ratio(_ what: String, _ some: [Double], _ others: [Double], _ bound: String = "") {
        let ratios = zip(some, others).map { $0 / $1 }
        Figures.row(
            "\(what), median of \(rounds) rounds (smallest–largest)",
            "\(Figures.ratio(Self.median(ratios))) "
                + "(\(Figures.ratio(ratios.min() ?? 0))–\(Figures.ratio(ratios.max() ?? 0)))",
            bound
        )
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Words a second of one client that sends arrays of that many, one after the other.
    private func together(_ client: LoadClient, _ texts: [String], in size: Int) async throws -> Double {
        let bodies = try stride(from: 0, to: texts.count, by: size).map { start in
            try API.body(Array(texts[start..<min(start + size, texts.count)]))
        }
        return try await speed {
            var answers: [Answer] = []
            for body in bodies { answers.append(try await client.send(.POST, "/api/v1/translate", json: body)) }
            return answers
        }
    }

    /// Words a second of one sentence in each request, with as many requests at a time as there are clients.
    private func apart(_ client: LoadClient, _ texts: [String]) async throws -> Double {
        let bodies = try texts.map { try API.body($0) }
        return try await speed {
            try await withThrowingTaskGroup(of: [Answer].self) { group in
                for number in 0..<clients {
                    group.addTask {
                        var answers: [Answer] = []
                        for index in stride(from: number, to: bodies.count, by: clients) {
                            answers.append(try await client.send(.POST, "/api/v1/translate", json: bodies[index]))
                        }
                        return answers
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }
    }

    /// Words a second of what the answers report. They are read when all are there: that is no work of the server's.
    private func speed(_ work: () async throws -> [Answer]) async throws -> Double {
        let begin = ContinuousClock.now
        let answers = try await work()
        let time = (ContinuousClock.now - begin) / .seconds(1)
        let words = try answers.reduce(0) { sum, answer in
            sum + (try answer.json(of: "POST /api/v1/translate", as: API.Translated.self).word_count)
        }
        return Double(words) / time
    }
}
