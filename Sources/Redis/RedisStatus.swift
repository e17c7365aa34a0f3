package import Environment

/// How things stand with Redis, for health checks and metrics.
package struct RedisStatus: Hashable, Sendable {
    /// Whether every connection that is needed is there.
    package var isConnected = false
    /// Since when that has been so; nil before the first attempt has ended.
    package var since: Timestamp?
    /// The last reason for which there was no connection. Holds no texts and no passwords.
    package var lastError: String?
    /// Connections that were made.
    package var connections = 0
    /// Commands that were answered, refusals included.
    package var commands = 0
    /// Commands that were not sent, or lost with their connection, because Redis was away or too busy.
    package var failures = 0
    /// Commands that were not answered in time.
    package var timeouts = 0
    /// Commands that Redis answered with an error.
    package var refusals = 0
    /// The code of the last such error, such as `OOM` or `READONLY`.
    package var lastRefusal: String?
    /// When Redis last said that it records nothing: it has no memory left, or may not write.
    package var refusedWriteAt: Timestamp?

    /// How long that is held against it. It says so at every command that writes, and what works again goes unnoticed.
    package static let memory = Duration.seconds(60)

    package init() {}
}
