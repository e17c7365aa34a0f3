internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket

/// Opens WebSockets on a job.
struct Subscriber: Sendable {
    let address: TargetAddress
    /// `/api/v1/translations/{id}`.
    let job: String
    let watch: SubscriptionWatch

    /// Opens one and returns once it has told the job's state.
    ///
    /// - Parameter source: the address to connect from; `nil` for whichever the system takes.
    func open(from source: String?) async throws {
        let first = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        let upgrade = try await bootstrap.connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture { try negotiate(on: channel, first) }
        }
        guard try await upgrade.get() else {
            first.fail(HTTPConnection.Lost())
            throw HTTPConnection.Lost()
        }
        try await first.futureResult.get()
    }

    private func negotiate(on channel: any Channel, _ first: EventLoopPromise<Void>) throws -> EventLoopFuture<Bool> {
        let id = job.split(separator: "/").last.map(String.init) ?? ""
        let headers: HTTPHeaders = ["Host": "\(address.host):\(address.port)"]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/ws/job/\(id)", headers: headers)
        let upgrader = NIOTypedWebSocketClientUpgrader<Bool> { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(SubscriptionHandler(watch: watch, first: first))
                return true
            }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Bool>(
            upgradeRequestHead: head,
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeSucceededFuture(false)
            }
        )
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
        // The first event may come together with the handshake's answer, and would otherwise be thrown away.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }
}

/// Answers pings, and tells of the first text, the final one, and the end.
private final class SubscriptionHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let watch: SubscriptionWatch
    private let first: EventLoopPromise<Void>
    private var isFinished = false

    init(watch: SubscriptionWatch, first: EventLoopPromise<Void>) {
        self.watch = watch
        self.first = first
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            let text = String(buffer: frame.unmaskedData)
            first.succeed()
            guard !isFinished, ["CANCELLED", "COMPLETED", "FAILED"].contains(where: text.contains) else { return }
            isFinished = true
            watch.finished()
        case .ping: send(.pong, frame.unmaskedData, context)
        case .connectionClose:
            send(.connectionClose, frame.unmaskedData, context)
            context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        first.fail(HTTPConnection.Lost())
        if !isFinished { watch.lost() }
        isFinished = true
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}
