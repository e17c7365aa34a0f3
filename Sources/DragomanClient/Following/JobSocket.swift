internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket
internal import Synchronization

/// Opens WebSockets on `/ws/job/{id}`.
enum JobSocket {
    /// Why a WebSocket is no more.
    struct End: Error {
        /// From the server's close frame; `nil` if there was none.
        var code: UInt16?

        /// What the caller is told where another attempt would end the same way. 4401 is none: something between here and
        /// the server may keep the credential from it, and what the credential is worth shows when it is asked.
        func refusal(job: String) -> DragomanClientError? {
            code == 4404 ? DragomanClientError(.notFound, "There is no job '\(job)'.") : nil
        }
    }

    /// Far more than an event needs.
    private static let longestFrame = 1 << 16

    typealias Texts = AsyncThrowingStream<ByteBuffer, any Error>

    /// The texts that the server sends; they end with `End`. The connection is closed as soon as nobody listens to
    /// them, or the task is cancelled while it waits for the next one.
    ///
    /// - Throws: whatever prevented the handshake.
    static func open(job: String, transport: Transport) async throws -> Texts {
        let holder = ChannelHolder(limit: TimeAmount(transport.configuration.timeout))
        let (address, heartbeat) = (transport.address, TimeAmount(transport.configuration.heartbeatInterval))
        let head = head(job, transport)
        let tls = transport.tls?.context
        return try await withTaskCancellationHandler {
            let upgrade = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(transport.configuration.timeout))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        holder.hold(channel)
                        try secure(channel, tls, host: address.host)
                        return try negotiate(on: channel, head, heartbeat)
                    }
                }
            guard let texts = try await upgrade.get() else { throw End(code: nil) }
            holder.release()
            return texts
        } onCancel: {
            holder.close()
        }
    }

    private static func head(_ job: String, _ transport: Transport) -> HTTPRequestHead {
        var headers = transport.headers
        headers.add(name: "Host", value: transport.address.authority)
        let path = transport.address.prefix + "/ws/job/" + Call.encoded(job)
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
    }

    private static func secure(_ channel: any Channel, _ context: NIOSSLContext?, host: String) throws {
        guard let context else { return }
        // A name to check the certificate against; certificates for addresses are checked against the connection's.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private static func negotiate(
        on channel: any Channel,
        _ head: HTTPRequestHead,
        _ heartbeat: TimeAmount
    ) throws -> EventLoopFuture<Texts?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Texts?>(maxFrameSize: longestFrame) { channel, _ in
            channel.eventLoop.makeCompletedFuture { try receive(on: channel, heartbeat) }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Texts?>(
            upgradeRequestHead: head,
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeSucceededFuture(nil)
            }
        )
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
        // The first event may come together with the handshake's answer, and would otherwise be thrown away.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    private static func receive(on channel: any Channel, _ heartbeat: TimeAmount) throws -> Texts {
        // Every event tells the whole state, so that of many the newest are worth keeping.
        let (texts, continuation) = Texts.makeStream(bufferingPolicy: .bufferingNewest(64))
        continuation.onTermination = { _ in channel.close(promise: nil) }
        let aggregator = NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 0,
            maxAccumulatedFrameCount: 64,
            maxAccumulatedFrameSize: longestFrame
        )
        try channel.pipeline.syncOperations.addHandlers([
            aggregator, JobSocketHandler(texts: continuation, heartbeat: heartbeat, now: .now()),
        ])
        return texts
    }
}

/// Closes a connection that is still being made, when its time is over or nobody wants it any more.
private final class ChannelHolder: Sendable {
    private struct State {
        var channel: (any Channel)?
        var deadline: Scheduled<Void>?
        var isClosed = false
    }

    private let limit: TimeAmount
    private let state = Mutex(State())

    init(limit: TimeAmount) { self.limit = limit }

    func hold(_ channel: any Channel) {
        let isClosed = state.withLock { state in
            // A host with several addresses is tried on one channel after the other.
            state.deadline?.cancel()
            state.channel = channel
            state.deadline = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
            return state.isClosed
        }
        if isClosed { channel.close(promise: nil) }
    }

    /// The connection is made.
    func release() {
        state.withLock { state in
            state.deadline?.cancel()
            state.channel = nil
        }
    }

    func close() {
        let channel = state.withLock { state in
            state.isClosed = true
            state.deadline?.cancel()
            return state.channel
        }
        channel?.close(promise: nil)
    }
}
