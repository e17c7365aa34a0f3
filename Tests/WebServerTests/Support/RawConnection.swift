import NIOCore
import NIOPosix

/// Bytes to and from the server, for what no client would send.
struct RawConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private(set) var received = ""

    static func with<T>(_ port: Int, _ body: (inout RawConnection) async throws -> T) async throws -> T {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Says that nothing more will be sent, and goes on listening.
    func finish() { outbound.finish() }

    /// Reads until what was received holds the text, or the server has closed its side; says which.
    mutating func read(until text: String) async throws -> Bool {
        while !received.contains(text) {
            guard let bytes = try await inbound.next(isolation: #isolation) else { return false }
            received += String(buffer: bytes)
        }
        return true
    }

    /// Reads until the server closes its side, by whatever means, and returns all that came.
    mutating func readToEnd() async -> String {
        while let bytes = try? await inbound.next(isolation: #isolation) { received += String(buffer: bytes) }
        return received
    }
}
