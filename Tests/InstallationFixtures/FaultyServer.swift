package import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// An HTTP server on this machine that keeps to the rules, with ranges and validators, except where it is told not to.
package final class FaultyServer: Sendable {
    /// What lies at a path.
    package struct Resource: Sendable {
        package var data: Data
        package var entityTag: String? = "\"1\""
        package var lastModified: String?
        /// Whether the size is said beforehand.
        package var isChunked = false

        package init(_ data: Data) { self.data = data }
    }

    /// What the server does instead of answering as it should.
    package enum Fault: Sendable {
        /// Sends so many bytes of the body and closes the connection.
        case drop(after: Int)
        /// Sends so many bytes of the body and then nothing, until `release()`.
        case pause(after: Int)
        /// Sends the whole, whatever part was asked for.
        case ignoreRange
        /// Sends the part that was asked for, moved by so many bytes.
        case shiftRange(Int)
        /// Says that the body is of another length than it is, and closes the connection after it.
        case announce(Int)
        /// Answers with a status and no content.
        case status(Int, [String: String] = [:])
        /// Sends the content with one more header.
        case header(String, String)
        case none
    }

    /// What was asked, and how much of the answer's body went out.
    package struct Request: Sendable, Equatable {
        package var path: String
        package var range: String?
        package var ifRange: String?
        package var sent: Int

        package init(path: String, range: String? = nil, ifRange: String? = nil, sent: Int = 0) {
            (self.path, self.range, self.ifRange, self.sent) = (path, range, ifRange, sent)
        }
    }

    struct State {
        var resources: [String: Resource] = [:]
        var faults: [String: [Fault]] = [:]
        var requests: [Request] = []
        var paused: [@Sendable () -> Void] = []
        var watchers: [(bytes: Int, continuation: CheckedContinuation<Void, Never>)] = []

        var sent: Int { requests.reduce(0) { $0 + $1.sent } }
    }

    let state = Mutex(State())
    private let certificate: TestCertificate?
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    private init(_ certificate: TestCertificate?) { self.certificate = certificate }

    /// Runs a server for as long as `body` does.
    /// - Parameter certificate: makes it a server of HTTPS.
    package static func run<Value>(
        _ certificate: TestCertificate? = nil,
        _ body: (FaultyServer) async throws -> Value
    ) async throws -> Value {
        let server = FaultyServer(certificate)
        try await server.start()
        do {
            let value = try await body(server)
            try await server.stop()
            return value
        } catch {
            try? await server.stop()
            throw error
        }
    }

    private func start() async throws {
        let encryption = try certificate?.serverContext()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let encryption {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: encryption))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FaultyHandler(server: self))
                }
            }
        let bound = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    private func stop() async throws {
        release()
        try await channel.withLock { $0 }?.close()
    }

    /// The address of what lies at a path that begins with `/`.
    package func address(_ path: String) -> String {
        let origin = certificate == nil ? "http://127.0.0.1" : "https://localhost"
        return "\(origin):\(channel.withLock { $0?.localAddress?.port } ?? 0)\(path)"
    }

    /// Puts something at a path.
    /// - Parameter faults: what goes wrong at the first request for it, at the second, and so on.
    package func serve(_ resource: Resource, at path: String, faults: [Fault] = []) {
        state.withLock { state in
            state.resources[path] = resource
            state.faults[path] = faults
        }
    }

    package func serve(_ data: Data, at path: String, faults: [Fault] = []) {
        serve(Resource(data), at: path, faults: faults)
    }

    /// What was asked so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Bytes of bodies that went out so far.
    package var sent: Int { state.withLock { $0.sent } }

    /// Returns once so many bytes of bodies have gone out.
    package func waitForSent(_ bytes: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.sent >= bytes { return true }
                state.watchers.append((bytes, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// Goes on with every answer that pauses.
    package func release() {
        let paused = state.withLock { state in
            defer { state.paused = [] }
            return state.paused
        }
        for body in paused { body() }
    }

    /// Takes note of bytes that went out.
    func noteSent(_ count: Int, request: Int) {
        let ready = state.withLock { state in
            state.requests[request].sent += count
            let sent = state.sent
            defer { state.watchers.removeAll { $0.bytes <= sent } }
            return state.watchers.filter { $0.bytes <= sent }.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }
}
