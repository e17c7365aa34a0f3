internal import Foundation

/// Waits for a socket to have something to read, for the clock, and for a waker, together.
enum SocketWait {
    case readable
    case woken
    case timedOut

    /// Blocks the thread. A socket that has failed or was closed by the other side counts as readable: reading it will
    /// tell. Without a socket (a negative one) there are the clock and the waker.
    static func wait(_ socket: Int32, _ waker: Waker, until deadline: ContinuousClock.Instant) -> SocketWait {
        var watched = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return .timedOut }
            let milliseconds = min(left / .milliseconds(1), 3_600_000)
            guard poll(&watched, 2, Int32(milliseconds.rounded(.up))) >= 0 else {
                if errno == EINTR { continue }
                return .readable
            }
            if watched[1].revents != 0 {
                waker.drain()
                return .woken
            }
            if watched[0].revents != 0 { return .readable }
        }
    }
}
