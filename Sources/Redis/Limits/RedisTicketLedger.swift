package import Environment
package import Identity

/// Used tickets that all servers share, in Redis; while it is away, each server's own.
///
/// So a ticket that somebody got hold of may then open one WebSocket at each server within its 30 seconds. The
/// alternative would be that no page follows a job live while Redis is away.
package final class RedisTicketLedger: TicketLedger {
    private let client: RedisClient
    private let local = InProcessTicketLedger()

    package init(_ client: RedisClient) { self.client = client }

    package func use(_ id: String, of userID: String, until expires: Timestamp, at time: Timestamp) async throws
        -> Bool
    {
        let milliseconds = max(1, (expires - time).wholeMicroseconds / 1000)
        let command = RedisCommand("SET", .text(client.key("ticket:" + id)), "", "NX", "PX", "\(milliseconds)")
        switch try? await client.send(command) {
        case .status?: return true
        case .null?: return false
        default: return try await local.use(id, of: userID, until: expires, at: time)
        }
    }
}
