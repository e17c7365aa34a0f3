internal import Foundation

/// What to wait for on a socket.
struct SocketEvents: OptionSet {
    let rawValue: Int16

    static let reading = SocketEvents(rawValue: Int16(POLLIN))
    static let writing = SocketEvents(rawValue: Int16(POLLOUT))
}

/// Waits for a socket, the clock and a waker together.
enum SocketWait {
    case ready
    case woken
    case timedOut
    /// There is no such socket any more.
    case failed

    /// Blocks the thread. A socket that has failed or was closed by the other side counts as ready: reading it will
    /// tell.
    static func wait(
        _ socket: Int32,
        _ events: SocketEvents,
        _ waker: Waker,
        until deadline: ContinuousClock.Instant
    ) -> SocketWait {
        guard socket >= 0 else { return .failed }
        // A negative descriptor is passed over.
        var watched = [
            pollfd(fd: socket, events: events.rawValue, revents: 0),
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
