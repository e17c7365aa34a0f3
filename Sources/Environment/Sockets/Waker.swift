internal import Foundation

/// Wakes a thread that waits for a socket (`SocketWait`): a pipe that is waited for beside it.
package final class Waker: Sendable {
    /// Readable once `wake` was called, until `drain`; -1 where no pipe was to be had, and nothing can be woken.
    let descriptor: Int32
    private let input: Int32

    package init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            (descriptor, input) = (-1, -1)
            return
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (descriptor, input) = (ends[0], ends[1])
    }

    /// For threads that nobody wakes.
    package static let none = Waker(descriptor: -1, input: -1)

    private init(descriptor: Int32, input: Int32) { (self.descriptor, self.input) = (descriptor, input) }

    deinit {
        for end in [descriptor, input] where end >= 0 { close(end) }
    }

    /// From any thread. Never waits: a pipe that is full wakes just as well. Without a thread that waits, the next one
    /// that begins to is woken.
    package func wake() {
        var byte: UInt8 = 1
        _ = write(input, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
