package import Environment
package import JobSystem

/// One piece of news, and how far its delivery has come.
package struct WebhookDelivery: Hashable, Sendable, Identifiable {
    package enum State: String, CaseIterable, Sendable {
        /// Is tried, now or later.
        case pending
        case delivered
        /// Given up.
        case failed
    }

    package let id: String
    package let jobID: JobID
    package let owner: String
    package var state: State
    package var attempts: Int
    /// When it is tried next.
    package var nextAt: Timestamp
    package let createdAt: Timestamp
    package var endedAt: Timestamp?
    /// The status of the last answer.
    package var status: Int?
    /// What went wrong last.
    package var problem: String?
}

/// When a delivery that failed is tried again.
package struct WebhookSchedule: Hashable, Sendable {
    /// Doubled with every failure.
    package var firstDelay = Duration.seconds(10)
    package var longestDelay = Duration.seconds(4 * 3600)
    /// How long after the job's end it is given up.
    package var patience = Duration.seconds(86_400)

    package init() {}

    /// How long to wait after the nth failed attempt; between a half and all of it, as chance decides, so that what failed
    /// together does not come back together.
    /// - Parameter random: 64 random bits.
    package func delay(afterAttempt attempt: Int, random: UInt64) -> Duration {
        let doublings = min(max(0, attempt - 1), 40)
        let first = firstDelay.wholeMicroseconds
        let (scaled, overflow) = first.multipliedReportingOverflow(by: 1 << Int64(doublings))
        let full = min(overflow ? .max : scaled, longestDelay.wholeMicroseconds)
        return .microseconds(full - full / 2 * Int64(random >> 44) / (1 << 20))
    }
}
