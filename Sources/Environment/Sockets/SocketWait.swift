internal import Foundation

/// What to wait for on a socket.
package struct SocketEvents: OptionSet, Sendable {
    package let rawValue: Int16

    package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let reading = SocketEvents(rawValue: Int16(POLLIN))
    package static let writing = SocketEvents(rawValue: Int16(POLLOUT))
}

/// Waits for a socket, the clock and a waker together. For threads that talk to a server through a C library.
package enum SocketWait: Sendable {
    /// The socket can be used. One that has failed, or was closed by the other side, counts as ready: using it will tell.
    case ready
    case woken
    case timedOut
    /// There is no such socket any more.
    case failed

    /// Blocks the thread.
    /// - Parameter socket: nil: there is none to wait for, only the clock and the waker.
    package static func wait(
        _ socket: Int32?,
        _ events: SocketEvents,
        _ waker: Waker,
        until deadline: ContinuousClock.Instant
    ) -> SocketWait {
        if let socket, socket < 0 { return .failed }
        // A negative descriptor is passed over.
        var watched = [
            pollfd(fd: socket ?? -1, events: events.rawValue, revents: 0),
            pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return .timedOut }
            let milliseconds = min(left / .milliseconds(1), 3_600_000)
            guard poll(&watched, 2, Int32(milliseconds.rounded(.up))) >= 0 else {
                if errno == EINTR { continue }
                return .failed
            }
            if watched[1].revents != 0 {
                waker.drain()
                return .woken
            }
            if watched[0].revents != 0 { return .ready }
        }
    }
}
