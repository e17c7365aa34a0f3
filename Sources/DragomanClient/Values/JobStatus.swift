/// The state of a job. More may be added: whatever is none of these has not ended.
public struct JobStatus: RawRepresentable, Hashable, Sendable, Codable {
    /// As the API writes it.
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Waits for a worker. Can turn into any other.
    public static let queued = JobStatus(rawValue: "QUEUED")
    /// A worker is at it. Can turn into any other, ``queued`` included, if the worker is lost.
    public static let processing = JobStatus(rawValue: "PROCESSING")
    /// Done; there is a result.
    public static let completed = JobStatus(rawValue: "COMPLETED")
    /// Given up. ``DragomanClient/retry(_:)`` queues it again.
    public static let failed = JobStatus(rawValue: "FAILED")
    /// Withdrawn.
    public static let cancelled = JobStatus(rawValue: "CANCELLED")

    /// Whether nothing more happens by itself.
    public var hasEnded: Bool { self == .completed || self == .failed || self == .cancelled }
}

/// How urgent a job is.
public struct JobPriority: RawRepresentable, Hashable, Sendable, Codable {
    /// As the API writes it.
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Somebody waits: half a minute.
    public static let critical = JobPriority(rawValue: "CRITICAL")
    /// Two minutes.
    public static let high = JobPriority(rawValue: "HIGH")
    /// Ten minutes.
    public static let standard = JobPriority(rawValue: "STANDARD")
}
