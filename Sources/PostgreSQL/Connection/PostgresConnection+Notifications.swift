internal import CPostgres
internal import Environment
internal import Foundation
internal import Storage

/// A message of `NOTIFY`.
struct PostgresNotification {
    let channel: String
    let payload: String
}

extension PostgresConnection {
    /// Waits until the server sends something, the waker is used, or the time is over.
    /// - Throws: `.unavailable` if the connection is gone.
    func waitForNotifications(_ waker: Waker, until deadline: ContinuousClock.Instant) throws {
        switch SocketWait.wait(PQsocket(link), .reading, waker, until: deadline) {
        case .ready:
            guard PQconsumeInput(link) == 1, PQstatus(link) == CONNECTION_OK else { throw lost() }
        case .woken, .timedOut: return
        case .failed: throw lost()
        }
    }

    /// What others have sent. What this connection sent itself is left out.
    func takeNotifications() -> [PostgresNotification] {
        let own = PQbackendPID(link)
        var taken: [PostgresNotification] = []
        while let message = PQnotifies(link) {
            defer { PQfreemem(message) }
            guard message.pointee.be_pid != own else { continue }
            taken.append(
                PostgresNotification(
                    channel: String(cString: message.pointee.relname),
                    payload: String(cString: message.pointee.extra)
                )
            )
        }
        return taken
    }
}
