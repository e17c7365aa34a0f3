internal import Foundation

/// Wakes a thread that waits for a socket: a pipe that can be waited for beside it.
final class Waker: Sendable {
    /// Why a wait ended.
    enum Event {
        /// The socket can be used, or has failed: using it will tell.
        case ready
        case woken
        case timedOut
    }

    /// -1 where no pipe was to be had, and nothing can be woken before its time.
    private let output: Int32
    private let input: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            (output, input) = (-1, -1)
            return
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (output, input) = (ends[0], ends[1])
    }

    deinit {
        for end in [output, input] where end >= 0 { close(end) }
    }

    /// From any thread. Never waits: a pipe that is full wakes just as well.
    func wake() {
        var byte: UInt8 = 1
        _ = write(input, &byte, 1)
    }

    /// Blocks the thread until a socket is ready, somebody calls `wake`, or the time has come.
    /// - Parameter socket: nil: there is none to wait for.
    func wait(for socket: Int32?, toWrite: Bool = false, until deadline: ContinuousClock.Instant) -> Event {
        // A negative descriptor is passed over.
        var watched = [
            pollfd(fd: socket ?? -1, events: Int16(POLLIN) | (toWrite ? Int16(POLLOUT) : 0), revents: 0),
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            let milliseconds = min((left / .milliseconds(1)).rounded(.up), 3_600_000)
            let count = poll(&watched, 2, Int32(milliseconds))
            if count < 0, errno == EINTR { continue }
            if watched[1].revents != 0 { drain() }
            if watched[0].revents != 0 || count < 0 { return .ready }
            if watched[1].revents != 0 { return .woken }
            if deadline <= .now { return .timedOut }
        }
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(output, &bytes, bytes.count) == bytes.count {}
    }
}
