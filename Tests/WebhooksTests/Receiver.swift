import Environment
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on loopback that takes news and answers as it is told.
final class Receiver: Sendable {
    struct News: Sendable {
        var headers: [String: String]
        var body: [UInt8]
    }

    let news = Mutex<[News]>([])
    /// Raised when news came.
    let arrived = Signal()
    private let statuses: Mutex<[Int]>
    private let channel: any Channel

    /// - Parameter statuses: of the first answers; the last one of all further ones. 0: there is no answer.
    static func start(_ statuses: [Int]) async throws -> Receiver {
        let shared = Shared()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(shared: shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let receiver = Receiver(statuses, channel)
        shared.set(receiver)
        return receiver
    }

    private init(_ statuses: [Int], _ channel: any Channel) {
        self.statuses = Mutex(statuses)
        self.channel = channel
    }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/hook?x=1" }

    func stop() async throws { try await channel.close() }

    /// Returns once so much has come.
    func until(_ count: Int) async {
        while !Task.isCancelled {
            let ticket = arrived.ticket
            if news.withLock({ $0.count }) >= count { return }
            await arrived.wait(after: ticket)
        }
    }

    fileprivate func take(_ item: News) -> Int {
        news.withLock { $0.append(item) }
        arrived.raise()
        return statuses.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? 200 }
    }

    /// The receiver, once it is there.
    fileprivate final class Shared: Sendable {
        private let receiver = Mutex<Receiver?>(nil)

        func set(_ value: Receiver) { receiver.withLock { $0 = value } }

        var value: Receiver? { receiver.withLock { $0 } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let shared: Shared
        private var item = News(headers: [:], body: [])

        init(shared: Shared) { self.shared = shared }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                let pairs = head.headers.map { ($0.name.lowercased(), $0.value) }
                item = News(headers: Dictionary(pairs) { $1 }, body: [])
            case .body(let buffer):
                item.body += Array(buffer.readableBytesView)
            case .end:
                let status = shared.value?.take(item) ?? 500
                guard status > 0 else { return }
                var headers = HTTPHeaders([("Content-Length", "0")])
                if status == 302 { headers.add(name: "Location", value: "http://127.0.0.1:1/") }
                let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
