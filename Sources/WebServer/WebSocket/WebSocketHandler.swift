internal import NIOCore
internal import NIOWebSocket

/// How long WebSockets may be silent, and how much a client may send at once.
package struct WebSocketLimits: Sendable {
    package var pingInterval = Duration.seconds(20)
    /// Without a sign of life for so long, the connection is closed.
    package var silence = Duration.seconds(60)
    /// How long to wait for the client's part of the closing handshake.
    package var closing = Duration.seconds(5)
    /// Bytes of a client's frame.
    package var frameBytes = 4096

    package init() {}
}

/// Serves one WebSocket until it returns the code to close it with. Its task is cancelled when the client has gone.
typealias WebSocketHandler = @Sendable (WebSocketOutbound) async -> WebSocketErrorCode

/// Where a handler says something.
struct WebSocketOutbound: Sendable {
    let channel: any Channel

    /// Returns once it was sent, so that what waits for a slow client is one text; throws when the connection has gone.
    func send(_ text: [UInt8]) async throws {
        try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: text))).get()
    }
}
