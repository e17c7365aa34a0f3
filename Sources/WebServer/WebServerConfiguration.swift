/// How the server listens and what it allows. Values only: whoever makes one has read and checked the configuration.
package struct WebServerConfiguration: Sendable {
    /// Whether requests without credentials act as the local user.
    package enum Mode: Hashable, Sendable {
        /// No accounts at the start, loopback only: every request is the local user's, until there is an account. It must
        /// name the server by a loopback name and come through no proxy, so that nobody elsewhere can reach it.
        case local
        case accounts
    }

    package var host = "127.0.0.1"
    /// 0: any free port; `WebServer` tells which.
    package var port = 8080
    package var mode = Mode.local
    /// For a process that answers nobody's requests: `/health` and `/metrics` are all there is.
    package var isMonitoringOnly = false
    /// Shown by `/health`.
    package var version = "0"

    /// Origins (`https://example.org`) whose web pages may use the API; `*`: any.
    package var allowedOrigins: [String] = []
    /// Addresses or networks (`10.0.0.0/8`) whose `X-Forwarded-For` is believed.
    package var trustedProxies: [AddressRange] = []

    /// Bytes of a request's body. What a text may hold is the tier's matter.
    package var bodyBytes = 16 << 20
    /// Bytes of all bodies that are being read.
    package var bodyMemory = 256 << 20
    /// How long a request waits for room for its body before it is refused.
    package var bodyPatience = Duration.seconds(5)
    /// How long a request's body may take to arrive.
    package var bodyTimeout = Duration.seconds(30)
    /// How long `Prefer: wait` may wait.
    package var longestWait = Duration.seconds(60)
    /// How long the texts of jobs are kept once they have ended.
    package var retention = Duration.seconds(30 * 86_400)
    /// How often an event stream without events sends something.
    package var eventHeartbeat = Duration.seconds(15)
    /// How long a shutdown may take before connections are cut off.
    package var shutdownTimeout = Duration.seconds(25)

    package var connections = ConnectionLimits()
    package var webSockets = WebSocketLimits()

    package init() {}
}
