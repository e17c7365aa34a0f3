import Foundation
import Synchronization

/// A server that introduces itself as Redis does, and then does what a test wants. On a free port of this machine alone.
final class FakeServer: Sendable {
    /// What it does with a connection after the greeting; the connection is closed when it returns.
    typealias Behaviour = @Sendable (Peer) -> Void

    /// The other side of a connection.
    struct Peer: Sendable {
        let descriptor: Int32

        /// - Returns: whether the other side still takes it.
        @discardableResult
        func say(_ text: String) -> Bool { say(Array(text.utf8)) }

        @discardableResult
        func say(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, FakeServer.quietly)
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// What comes next; nil at the end.
        func hear() -> String? {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
        }

        /// Waits until there is something to hear.
        func waitForWords() {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, -1)
        }

        /// Waits until the other side closes.
        func waitForTheEnd() { while hear() != nil {} }
    }

    private struct State {
        var peers: Set<Int32> = []
        var isStopped = false
    }

    #if os(Linux)
        private static let quietly = Int32(MSG_NOSIGNAL)
        private static let stream = Int32(SOCK_STREAM.rawValue)
    #else
        private static let quietly = Int32(0)
        private static let stream = SOCK_STREAM
    #endif

    let port: UInt16
    private let listener: Int32
    private let greets: Bool
    private let behaviour: Behaviour
    private let state = Mutex(State())

    /// - Parameter greets: whether it answers the first words of a connection, as a server without passwords.
    init(greets: Bool = true, _ behaviour: @escaping Behaviour) throws {
        let listener = socket(AF_INET, Self.stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        self.greets = greets
        self.behaviour = behaviour
        Thread { self.welcome() }.start()
    }

    /// Closes everything.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            // Those that are not closed yet.
            for peer in state.peers { shutdown(peer, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func welcome() {
        while case let peer = accept(listener, nil, nil), peer >= 0 {
            let isWelcome = state.withLock { state in
                if !state.isStopped { state.peers.insert(peer) }
                return !state.isStopped
            }
            guard isWelcome else {
                close(peer)
                return
            }
            Thread { self.serve(Peer(descriptor: peer)) }.start()
        }
    }

    private func serve(_ peer: Peer) {
        if !greets || (peer.hear() != nil && peer.say("+OK\r\n+PONG\r\n")) { behaviour(peer) }
        state.withLock { _ = $0.peers.remove(peer.descriptor) }
        close(peer.descriptor)
    }
}
