internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A small HTTP client: as many connections as there are requests at the same time, kept open, all on one event loop,
/// so that it takes little from the server on the same machine.
final class LoadClient: Sendable {
    /// A connection with its handler, to be used on the event loop.
    private struct Pooled: Sendable {
        let channel: any Channel
        let connection: NIOLoopBound<HTTPConnection>
    }

    /// Where everything happens.
    static let loop = MultiThreadedEventLoopGroup.singleton.any()

    private let address: TargetAddress
    private let idle = Mutex<[Pooled]>([])

    init(_ address: TargetAddress) {
        self.address = address
    }

    /// Sends a request over an idle connection, or a new one.
    ///
    /// - Parameter json: the body; `nil` for none.
    /// - Throws: `HTTPConnection.Lost`, or what kept a connection from being opened.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        json: ByteBuffer? = nil,
        headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        var all = headers
        all.add(name: "Host", value: "\(address.host):\(address.port)")
        if let json {
            all.add(name: "Content-Type", value: "application/json")
            all.add(name: "Content-Length", value: String(json.readableBytes))
        } else if method == .POST {
            all.add(name: "Content-Length", value: "0")
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: all)
        while let pooled = idle.withLock({ $0.popLast() }) {
            do { return try await send(head, json, on: pooled) } catch is HTTPConnection.Stale { continue }
        }
        return try await send(head, json, on: try await connect())
    }

    private func send(_ head: HTTPRequestHead, _ body: ByteBuffer?, on pooled: Pooled) async throws -> Answer {
        let answer = try await Self.loop.flatSubmit {
            pooled.connection.value.send(head, body, on: pooled.channel)
        }.get()
        idle.withLock { $0.append(pooled) }
        return answer
    }

    /// As `send`, with the answer read as JSON.
    func read<Value: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        json: ByteBuffer? = nil,
        headers: HTTPHeaders = [:],
        as: Value.Type = Value.self
    ) async throws -> Value {
        try await send(method, path, json: json, headers: headers).json(of: "\(method) \(path)")
    }

    private func connect() async throws -> Pooled {
        let connection = try await ClientBootstrap(group: Self.loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port) { channel in
                Self.loop.makeCompletedFuture {
                    let handler = HTTPConnection()
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return Pooled(channel: channel, connection: NIOLoopBound(handler, eventLoop: Self.loop))
                }
            }
        return connection
    }
}

extension Answer {
    /// The body, read as JSON.
    /// - Throws: `UnexpectedAnswer` where the request did not succeed.
    func json<Value: Decodable>(of request: String, as: Value.Type = Value.self) throws -> Value {
        guard (200..<300).contains(status) else { throw UnexpectedAnswer(request: request, answer: self) }
        return try JSONDecoder().decode(Value.self, from: Data(body.readableBytesView))
    }
}

/// The server answered something else than it should.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    var request: String
    var answer: Answer

    var description: String {
        "'\(request)' was answered with \(answer.status): \(String(buffer: answer.body).prefix(500))"
    }
}
