/// What the broker says unasked.
enum BrokerEvent: Equatable {
    /// A message for a consumer. `body` is nil where it was larger than `AMQPConnection.bodyBytes`.
    case delivery(consumer: String, tag: UInt64, body: [UInt8]?)
    /// It has taken a message, or, if `isMultiple`, all up to it; or it has not.
    case confirmation(tag: UInt64, isMultiple: Bool, isAccepted: Bool)
    /// It had no queue for a message that it confirms all the same.
    case returned
    /// The consumer's queue went away.
    case cancelled(consumer: String)
    /// It takes no messages from here until it says so.
    case blocked(Bool)
}
