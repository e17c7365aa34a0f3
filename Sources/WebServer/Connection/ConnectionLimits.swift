internal import NIOCore

/// How long a connection may take, and how much it may send, before it is cut off.
package struct ConnectionLimits: Sendable {
    /// From the opening of a connection to the end of its first request's head.
    package var firstRequest = Duration.seconds(10)
    /// Between an answer and the end of the next request's head. What a body may take is the reader's matter.
    package var idle = Duration.seconds(60)
    /// How long a client may leave what is sent to it unread.
    package var stalledWrite = Duration.seconds(30)
    /// How long to go on reading, and ignoring, what a client sends after an answer that closes the connection. Closing at
    /// once would make the client's system throw away the answer.
    package var lingering = Duration.seconds(2)
    /// Bytes of a request's head.
    package var headBytes = 32 << 10
    /// Fields in a request's head.
    package var headFields = 100
    /// Connections at once; further ones wait to be accepted.
    package var connections = 20_000

    package init() {}
}

extension TimeAmount {
    /// Saturates.
    init(span: Duration) {
        let (seconds, attoseconds) = span.components
        self = .seconds(min(seconds, 1 << 33)) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}
