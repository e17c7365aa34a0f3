internal import Foundation
internal import Synchronization
internal import Testing

/// Stands between a client and a server on this machine, and fails when told to.
package final class TCPProxy: Sendable {
    package enum Mode: Sendable { case forwarding, silent, refusing }

    private struct State {
        var mode = Mode.forwarding
        var sockets: Set<Int32> = []
        /// Those of them on which nothing gets through any more.
        var forgotten: Set<Int32> = []
    }

    package let port: UInt16
    private let target: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameter target: a port of 127.0.0.1.
    package init(to target: UInt16) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        try #require(listener >= 0)
        var address = Self.address(0)
        let isBound = Self.withPointer(to: &address) { bind(listener, $0, $1) } == 0
        try #require(isBound && listen(listener, 64) == 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Ends all connections. To be called last, too.
    package func cut() {
        // Whoever reads a socket closes it.
        for socket in state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// What to do with connections from now on, and with what comes on those there are.
    package func set(_ mode: Mode) { state.withLock { $0.mode = mode } }

    /// Swallows what comes on the connections there are, for ever and without a word; new ones are served. As a firewall does
    /// that has forgotten them.
    /// - Returns: how many those are.
    @discardableResult
    package func forget() -> Int {
        state.withLock { state in
            state.forgotten = state.sockets
            return state.forgotten.count / 2
        }
    }

    package func stop() {
        set(.refusing)
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func withPointer(
        to address: inout sockaddr_in,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            guard state.withLock({ $0.mode }) != .refusing else {
                close(client)
                continue
            }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.address(target)
            guard Self.withPointer(to: &address, { connect(server, $0, $1) }) == 0 else {
                close(client)
                close(server)
                continue
            }
            state.withLock { $0.sockets.formUnion([client, server]) }
            let first = Once()
            for (from, to) in [(client, server), (server, client)] {
                Thread.detachNewThread { [self] in
                    pump(from, to)
                    // The last of the two closes both.
                    guard first.wasCalled() else { return }
                    state.withLock { state in
                        state.sockets.subtract([client, server])
                        state.forgotten.subtract([client, server])
                    }
                    close(client)
                    close(server)
                }
            }
        }
        close(listener)
    }

    private func pump(_ from: Int32, _ to: Int32) {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(from, &bytes, bytes.count)
            guard count > 0 else { break }
            guard state.withLock({ $0.mode == .forwarding && !$0.forgotten.contains(from) }) else { continue }
            var sent = 0
            while sent < count {
                let written = bytes[sent..<count].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
    }

    private final class Once: Sendable {
        private let value = Mutex(false)

        /// - Returns: whether it was called before.
        func wasCalled() -> Bool {
            value.withLock { value in
                defer { value = true }
                return value
            }
        }
    }
}
