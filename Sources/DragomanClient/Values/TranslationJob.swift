public import Foundation

/// A job and where it stands.
public struct TranslationJob: Hashable, Sendable, Decodable {
    /// Its name, unguessable.
    public var id: String
    /// Its state.
    public var status: JobStatus
    /// Percent of the sentences that are translated.
    public var progress: Int
    /// The texts' language, or `auto`.
    public var source: String
    /// The language to translate to.
    public var target: String
    /// How urgent it is.
    public var priority: JobPriority
    /// What came out, once it has completed.
    public var result: Translation?
    /// Why it failed.
    public var error: JobFailure?
    /// What was given with it.
    public var metadata: [String: JSONValue]?
    /// When it was submitted.
    public var createdAt: Date
    /// When a worker took it up.
    public var startedAt: Date?
    /// When it ended, in whichever way.
    public var completedAt: Date?
    /// When it is expected to complete, while it waits.
    public var estimatedCompletion: Date?
    /// How many jobs are served before it, plus one, while it waits.
    public var positionInQueue: Int?
    /// How often it was begun.
    public var attempt: Int

    private enum CodingKeys: String, CodingKey {
        case status, progress, priority, result, error, metadata, attempt
        case id = "job_id"
        case source = "source_language"
        case target = "target_language"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case completedAt = "completed_at"
        case estimatedCompletion = "estimated_completion"
        case positionInQueue = "position_in_queue"
    }
}

/// Why a job failed.
public struct JobFailure: Hashable, Sendable, Decodable {
    /// For programs.
    public var code: String
    /// For people.
    public var message: String
}

/// A job that the server has accepted.
public struct SubmittedJob: Hashable, Sendable, Decodable {
    /// Its name, for all further calls.
    public var id: String
    /// Its state; a repeated submission may find it ended.
    public var status: JobStatus
    /// When it is expected to complete.
    public var estimatedCompletion: Date?
    /// How many jobs are served before it, plus one.
    public var positionInQueue: Int?

    private enum CodingKeys: String, CodingKey {
        case status
        case id = "job_id"
        case estimatedCompletion = "estimated_completion"
        case positionInQueue = "position_in_queue"
    }
}

/// Where a job stands at one moment.
public struct JobEvent: Hashable, Sendable, Decodable {
    /// The job's name.
    public var id: String
    /// Its state.
    public var status: JobStatus
    /// Percent of the sentences that are translated.
    public var progress: Int
    /// When it ended.
    public var completedAt: Date?
    /// Why it failed.
    public var error: JobFailure?

    private enum CodingKeys: String, CodingKey {
        case status, progress, error
        case id = "job_id"
        case completedAt = "completed_at"
    }
}

extension JobEvent {
    init(_ job: TranslationJob) {
        id = job.id
        status = job.status
        progress = job.progress
        completedAt = job.completedAt
        error = job.error
    }
}

/// Part of a list.
public struct Page<Item: Decodable & Sendable>: Sendable, Decodable {
    /// What is on this page.
    public var items: [Item]
    /// Names the next page; `nil` on the last one.
    public var nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case items
        case nextCursor = "next_cursor"
    }
}
