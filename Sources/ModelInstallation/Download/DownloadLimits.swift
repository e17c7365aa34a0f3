/// How long to wait for a server, and how far to follow it.
package struct DownloadLimits: Sendable {
    package var connectTimeout = Duration.seconds(15)
    /// Longest silence, before the answer and within it.
    package var silence = Duration.seconds(30)
    /// Fewer bytes than `leastBytes` in `rateSpan` count as silence.
    package var leastBytes = 4096
    package var rateSpan = Duration.seconds(60)
    package var redirects = 5
    package var retries = RetryPolicy()

    package init() {}
}
