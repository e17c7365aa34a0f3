internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// What clients do all day.
struct SoakActions: Sendable {
    let client: LoadClient
    let recorder = Recorder()
    private let address: TargetAddress

    init(address: TargetAddress) {
        self.address = address
        client = LoadClient(address)
    }

    /// One action; which one the number decides. Nothing that goes wrong ends the load: it is counted.
    func perform(_ number: Int) async {
        do {
            switch number % 20 {
            case 0..<8: try await submitAndLook(number)
            case 8: try await submitAndCancel(number)
            case 9: try await submitAndErase(number)
            case 10, 11: try await follow(number)
            case 12: try await keepNote(number)
            case 13, 14:
                try await expect(
                    "translated",
                    200,
                    .POST,
                    "/api/v1/translate",
                    try API.body(Sentences.sentence(number))
                )
            case 15: try await expect("listed", 200, .GET, "/api/v1/translations?limit=20")
            case 16: try await expect("health", 200, .GET, "/health")
            case 17: try await expect("metrics", 200, .GET, "/metrics")
            case 18: try await expect("malformed", 400, .POST, "/api/v1/translations", ByteBuffer(string: #"{"text":"#))
            default: try await breakOff(number)
            }
        } catch {
            recorder.count("unexpected: \(String(describing: error).prefix(120))")
        }
    }

    private func submitAndLook(_ number: Int) async throws {
        let job = try await client.submit(try API.body(Sentences.sentence(number)))
        try await expect("looked at", 200, .GET, job)
    }

    private func submitAndCancel(_ number: Int) async throws {
        let job = try await client.submit(try API.body((0..<50).map { Sentences.sentence(number + $0) }))
        let answer = try await client.send(.DELETE, job)
        // It may have ended meanwhile.
        count("cancelled", answer, isExpected: [200, 409].contains(answer.status))
    }

    private func submitAndErase(_ number: Int) async throws {
        let job = try await client.submit(try API.body(Sentences.sentence(number)))
        _ = try await client.end(of: job, every: .milliseconds(50))
        try await expect("erased", 204, .DELETE, job + "?purge=true")
    }

    private func follow(_ number: Int) async throws {
        let job = try await client.submit(try API.body((0..<5).map { Sentences.sentence(number + $0) }))
        let watch = SubscriptionWatch()
        try await Subscriber(address: address, job: job, watch: watch).open(from: nil)
        _ = await watch.all(1)
        recorder.count(watch.lostCount == 0 ? "followed" : "unexpected: a WebSocket ended before its job")
    }

    private func keepNote(_ number: Int) async throws {
        struct Note: Decodable { var id: String }
        let body =
            #"{"title":"Note \#(number)","original_text":"\#(Sentences.sentence(number))","original_language":"en"}"#
        let note: Note = try await client.read(.POST, "/api/v1/notes", json: ByteBuffer(string: body))
        let path = "/api/v1/notes/\(note.id)"
        try await expect("note read", 200, .GET, path)
        try await expect("note changed", 200, .PATCH, path, ByteBuffer(string: #"{"title":"Another"}"#))
        try await expect("note removed", 204, .DELETE, path)
    }

    /// Half a request, and then nothing more.
    private func breakOff(_ number: Int) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: address.host, port: address.port).get()
        let half =
            "POST /api/v1/translations HTTP/1.1\r\nHost: \(address.host)\r\nContent-Length: 1000\r\n\r\n{\"text\":"
        try await channel.writeAndFlush(ByteBuffer(string: half))
        do {
            try await channel.close()
        } catch ChannelError.alreadyClosed {
            // The server answered without waiting for the rest, and closed first.
        }
        recorder.count("broken off")
    }

    private func expect(
        _ name: String,
        _ status: Int,
        _ method: HTTPMethod,
        _ path: String,
        _ json: ByteBuffer? = nil
    ) async throws {
        let answer = try await client.send(method, path, json: json)
        count(name, answer, isExpected: answer.status == status)
    }

    private func count(_ name: String, _ answer: Answer, isExpected: Bool) {
        recorder.count(isExpected ? name : "unexpected \(answer.status) where it should be \(name)")
    }
}
