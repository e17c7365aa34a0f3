import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import WebServer

/// An HTTP client that opens a connection for each request. It adds nothing that the test does not say but `Host`,
/// `Content-Type` and `Content-Length`.
struct TestClient: Sendable {
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    let port: Int
    /// Sent as `Authorization: Bearer …`.
    var token: String?

    func with(token: String?) -> TestClient { TestClient(port: port, token: token) }

    func get(_ path: String, _ headers: HTTPHeaders = [:]) async throws -> TestResponse {
        try await send(.GET, path, headers)
    }

    func delete(_ path: String, _ headers: HTTPHeaders = [:]) async throws -> TestResponse {
        try await send(.DELETE, path, headers)
    }

    func post(_ path: String, _ json: JSONValue, _ headers: HTTPHeaders = [:]) async throws -> TestResponse {
        try await send(.POST, path, headers, json.encoded)
    }

    func patch(_ path: String, _ json: JSONValue, _ headers: HTTPHeaders = [:]) async throws -> TestResponse {
        try await send(.PATCH, path, headers, json.encoded)
    }

    func send(
        _ method: HTTPMethod,
        _ path: String,
        _ headers: HTTPHeaders = [:],
        _ body: [UInt8]? = nil
    ) async throws -> TestResponse {
        try await withConnection { inbound, outbound in
            do {
                try await outbound.write(.head(head(method, path, headers, body)))
                if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                try await outbound.write(.end(nil))
            } catch ChannelError.ioOnClosedChannel {
                // The server may have answered the head alone, and closed: the answer is there.
            }
            return try await Self.read(&inbound)
        }
    }

    /// Sends a `GET` and hands on the answer's head and its body, part by part, as it comes.
    func stream<T>(
        _ path: String,
        _ headers: HTTPHeaders = [:],
        _ body: (HTTPResponseHead, inout TestEventReader) async throws -> T
    ) async throws -> T {
        try await withConnection { inbound, outbound in
            try await outbound.write(.head(head(.GET, path, headers, nil)))
            try await outbound.write(.end(nil))
            guard case .head(let head) = try await inbound.next(isolation: #isolation) else {
                throw TestClientError.noAnswer
            }
            var reader = TestEventReader(inbound: inbound)
            return try await body(head, &reader)
        }
    }

    func head(_ method: HTTPMethod, _ path: String, _ headers: HTTPHeaders, _ body: [UInt8]?) -> HTTPRequestHead {
        var headers = headers
        if !headers.contains(name: "Host") { headers.add(name: "Host", value: "127.0.0.1:\(port)") }
        if let token, !headers.contains(name: "Authorization") {
            headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        if let body {
            if !headers.contains(name: "Content-Type") { headers.add(name: "Content-Type", value: "application/json") }
            if !headers.contains(name: "Content-Length") {
                headers.add(name: "Content-Length", value: String(body.count))
            }
        }
        return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
    }

    func withConnection<T>(
        _ body: (
            inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator,
            NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
        ) async throws -> T
    ) async throws -> T {
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        return try await connection.executeThenClose { inbound, outbound in
            var iterator = inbound.makeAsyncIterator()
            return try await body(&iterator, outbound)
        }
    }

    static func read(
        _ inbound: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async throws -> TestResponse {
        var response: TestResponse?
        while let part = try await inbound.next(isolation: #isolation) {
            switch part {
            case .head(let head):
                response = TestResponse(status: Int(head.status.code), headers: head.headers, body: [])
            case .body(let buffer): response?.body += Array(buffer.readableBytesView)
            case .end: if let response { return response }
            }
        }
        throw TestClientError.noAnswer
    }
}

enum TestClientError: Error {
    /// The connection ended without an answer, or before its end.
    case noAnswer
}

/// Reads an event stream.
struct TestEventReader {
    struct Event: Hashable {
        var id: String
        var name: String
        var data: String
    }

    var inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private var buffer = ""

    init(inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) { self.inbound = inbound }

    /// The next block of lines, comments (heartbeats) included; `nil` at the end.
    mutating func nextBlock() async throws -> String? {
        while true {
            if let end = buffer.firstRange(of: "\n\n") {
                let block = String(buffer[..<end.lowerBound])
                buffer.removeSubrange(..<end.upperBound)
                return block
            }
            switch try await inbound.next(isolation: #isolation) {
            case .body(let bytes): buffer += String(buffer: bytes)
            case .end, nil: return nil
            case .head: continue
            }
        }
    }

    /// The next event; `nil` at the end.
    mutating func next() async throws -> Event? {
        while let block = try await nextBlock() {
            var fields: [Substring: String] = [:]
            for line in block.split(separator: "\n") where !line.hasPrefix(":") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                fields[parts[0]] = parts.count > 1 ? String(parts[1]) : ""
            }
            if let data = fields["data"] {
                return Event(id: fields["id"] ?? "", name: fields["event"] ?? "", data: data)
            }
        }
        return nil
    }

    /// All events up to the end.
    mutating func rest() async throws -> [Event] {
        var events: [Event] = []
        while let event = try await next() { events.append(event) }
        return events
    }
}
