package import Environment

/// How the connections to the broker are, and what went through them since the start.
package struct RabbitMQStatus: Sendable {
    /// One connection.
    package struct Link: Sendable {
        package enum State: String, Sendable {
            /// Nothing has asked for it yet.
            case idle
            case connected
            case away
        }

        package var state = State.idle
        /// When it got into this state.
        package var since: Timestamp
        /// Why it was lost, or could not be had, the last time that happened.
        package var lastError: RabbitMQError?
        /// The broker takes nothing from publishers at the moment: it is short of memory or disk.
        package var isBlocked = false
    }

    /// What was done, in messages.
    package struct Counts: Hashable, Sendable {
        package var published: Int64 = 0
        package var confirmed: Int64 = 0
        /// The broker would not take them; they are sent again.
        package var refused: Int64 = 0
        /// The broker had no queue for them; they are sent again.
        package var returned: Int64 = 0
        /// There was no room to keep them until they are sent.
        package var dropped: Int64 = 0
        package var consumed: Int64 = 0
        package var acknowledged: Int64 = 0
        /// They were none of ours, and became dead letters.
        package var rejected: Int64 = 0
        /// Sent on to workers that can do the job.
        package var republished: Int64 = 0
        /// Messages whose job could not be claimed any more.
        package var stale: Int64 = 0
        /// Jobs, not messages: found in the store without a message.
        package var swept: Int64 = 0
    }

    package var publisher: Link
    package var consumer: Link
    package var counts: Counts

    /// Whether messages get through as they should; what has not been asked for does not matter.
    package var isWorking: Bool {
        publisher.state != .away && consumer.state != .away && !publisher.isBlocked
    }
}
