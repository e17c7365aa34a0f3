internal import EventLoopTasks
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOWebSocket

/// A connection of the server: HTTP/1.1, or, if its first request asks for it and is granted it, a WebSocket.
struct ServerChannel: ServerChildChannel, HTTPChannelHandler {
    typealias HTTPConnection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias WebSocketConnection = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    enum Kind: Sendable {
        case http(HTTPConnection)
        case webSocket(WebSocketConnection, WebSocketHandler)
    }

    struct Value: ServerChildChannelValue {
        let kind: EventLoopFuture<Kind>
        let channel: any Channel
    }

    let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    let webSocketLimits: WebSocketLimits
    /// Bytes of a body that `Expect: 100-continue` may announce.
    let bodyBytes: Int
    let connections: OpenConnections
    /// Decides who serves a WebSocket. Called on the event loop: must not block.
    let acceptsWebSocket: @Sendable (_ head: HTTPRequestHead, _ peer: String) -> WebSocketHandler?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        connections.add(channel)
        return channel.eventLoop.makeCompletedFuture {
            let accepts = acceptsWebSocket
            let peer = channel.remoteAddress?.ipAddress ?? "local"
            let decider = UpgradeDecider(firstRequestWithin: limits.firstRequest) { accepts($0, peer) }
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(WriteStallHandler(limit: limits.stalledWrite))
            let kind = try pipeline.configureUpgradableHTTPServerPipeline(
                configuration: configuration(NIOLoopBound(decider, eventLoop: channel.eventLoop), logger)
            )
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(decider, position: .after(decoder))
            return Value(kind: kind, channel: channel)
        }
    }

    private func configuration(
        _ decider: NIOLoopBound<UpgradeDecider>,
        _ logger: Logger
    ) -> NIOUpgradableHTTPServerPipelineConfiguration<Kind> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Kind>(
            maxFrameSize: webSocketLimits.frameBytes,
            shouldUpgrade: { channel, _ in
                channel.eventLoop.makeSucceededFuture(decider.value.accepted == nil ? nil : [:])
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture { try webSocket(on: channel, decider.value.accepted) }
            }
        )
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration<Kind>(
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture { try http(on: channel, logger) }
                }
            )
        )
        // Requests are read one after the other, errors answered by `ConnectionGuard`, and fields checked by HTTPTypes.
        configuration.enablePipelining = false
        configuration.enableErrorHandling = false
        configuration.enableResponseHeaderValidation = false
        configuration.decoderConfiguration.maxHeaderFieldSize = limits.headBytes
        configuration.decoderConfiguration.maxHeaderListSize = limits.headBytes
        configuration.decoderConfiguration.maxHeaderFieldCount = limits.headFields
        return configuration
    }

    private func http(on channel: any Channel, _ logger: Logger) throws -> Kind {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([
            ConnectionGuard(lingering: limits.lingering, bodyBytes: bodyBytes),
            HTTPResponseCompressor { head, isSupported in
                CompressionMark.take(from: &head, isSupported: isSupported) ? .compressIfPossible : .doNotCompress
            },
            HTTP1ToHTTPServerCodec(secure: false),
            HTTPConnectionStateHandler(idleTimeout: limits.idle, logger: logger),
        ])
        return .http(
            try HTTPConnection(
                wrappingChannelSynchronously: channel,
                configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true)
            )
        )
    }

    private func webSocket(on channel: any Channel, _ handler: WebSocketHandler?) throws -> Kind {
        guard let handler else { throw ChannelError.operationUnsupported }
        try channel.pipeline.syncOperations.addHandler(WebSocketControlHandler(limits: webSocketLimits, now: .now()))
        let connection = try WebSocketConnection(
            wrappingChannelSynchronously: channel,
            configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: false)
        )
        return .webSocket(connection, handler)
    }

    /// Serves the connection in tasks on its event loop: what is received, answered and sent changes threads only where
    /// somebody else has to do something for it.
    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopTaskExecutor(value.channel.eventLoop)) {
            await serve(value, logger)
        }
    }

    private func serve(_ value: Value, _ logger: Logger) async {
        do {
            switch try await value.kind.get() {
            case .http(let connection): await handleHTTP(asyncChannel: connection, logger: logger)
            case .webSocket(let connection, let handler): try await serve(connection, handler)
            }
        } catch {
            logger.debug("Connection ended", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }

    /// Runs the handler until it is done or the client has gone, and then the closing handshake.
    private func serve(_ connection: WebSocketConnection, _ handler: @escaping WebSocketHandler) async throws {
        try await connection.executeThenClose { inbound, outbound in
            await withTaskGroup(of: WebSocketErrorCode?.self) { group in
                group.addTask { await handler(WebSocketOutbound(writer: outbound)) }
                group.addTask {
                    // Nothing comes but the end.
                    do { for try await _ in inbound {} } catch {}
                    return nil
                }
                if case .some(.some(let code)) = await group.next() {
                    try? await outbound.write(.closing(code))
                    // The connection ends with the client's answer, or when that takes too long.
                    await group.waitForAll()
                }
                group.cancelAll()
            }
        }
    }
}
