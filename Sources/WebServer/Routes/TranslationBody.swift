internal import Environment
internal import JobSystem
internal import TranslationService

/// How jobs and their results look in JSON.
enum TranslationBody {
    /// A job without its texts.
    static func job(_ job: Job) -> JSONObject {
        var object = JSONObject([
            ("job_id", .string(job.id.text)),
            ("status", .string(status(job.state))),
            ("progress", .integer(job.state == .completed ? 100 : job.progress.percent)),
            ("source_language", .string(job.languages.source)),
            ("target_language", .string(job.languages.target)),
            ("priority", .string(job.priority.priorityClass.rawValue)),
            ("word_count", .integer(job.words)),
            ("created_at", .string(job.submittedAt.rfc3339)),
        ])
        object["started_at"] = job.startedAt.map { .string($0.rfc3339) }
        object["completed_at"] = job.endedAt.map { .string($0.rfc3339) }
        object["attempt"] = .integer(job.attempt)
        object["error"] = error(job.state, job.failure)
        object["texts_erased_at"] = job.textsErasedAt.map { .string($0.rfc3339) }
        return object
    }

    /// Upper case, as clients see it.
    static func status(_ state: JobState) -> String { state.rawValue.uppercased() }

    /// Of a job that failed, why. A failure that is tried again is no error yet.
    static func error(_ state: JobState, _ failure: JobFailure?) -> JSONValue? {
        guard state == .failed, let failure else { return nil }
        return ["code": .string(failure.code), "message": .string(failure.message)]
    }

    /// What followers are told.
    static func event(_ snapshot: JobSnapshot) -> JSONValue {
        var object = JSONObject([
            ("job_id", .string(snapshot.id.text)),
            ("status", .string(status(snapshot.state))),
            ("progress", .integer(snapshot.state == .completed ? 100 : snapshot.progress.percent)),
        ])
        object["completed_at"] = snapshot.endedAt.map { .string($0.rfc3339) }
        object["error"] = error(snapshot.state, snapshot.failure)
        return .object(object)
    }

    /// What became of telling a webhook.
    static func webhook(_ delivery: WebhookStatus) -> JSONValue {
        [
            "id": .string(delivery.id),
            "state": .string(delivery.state),
            "attempts": .integer(delivery.attempts),
            "created_at": .string(delivery.createdAt.rfc3339),
            "next_at": .optional(delivery.nextAt?.rfc3339),
            "ended_at": .optional(delivery.endedAt?.rfc3339),
            "status": delivery.status.map { .integer($0) } ?? .null,
            "problem": .optional(delivery.problem),
        ]
    }

    /// A job's result.
    static func result(_ result: TextResult, duration: Duration?, includesSegments: Bool) -> JSONObject {
        let texts = result.texts.map { JSONValue.string($0.text) }
        var object = JSONObject([
            ("translated_text", result.isList ? .array(texts) : texts.first ?? ""),
            ("word_count", .integer(result.words)),
        ])
        object["processing_time_ms"] = duration.map { .integer(max(0, $0.wholeMicroseconds) / 1000) }
        object["confidence_score"] = .decimal(rounded(result.confidence))
        object["detected_language"] = result.detectedLanguage.map(JSONValue.string)
        object["cached_segments"] = .integer(result.cachedSegments)
        let segments = result.texts.map { text in JSONValue.array(text.segments.map(segment)) }
        if includesSegments { object["segments"] = result.isList ? .array(segments) : segments.first ?? [] }
        return object
    }

    private static func segment(_ segment: TextResult.Segment) -> JSONValue {
        var object = JSONObject([
            ("source", range(segment.source)),
            ("target", range(segment.target)),
            ("confidence", .decimal(rounded(segment.confidence))),
            ("cached", .bool(segment.isCached)),
        ])
        if segment.isDoubtful { object["doubtful"] = true }
        if !segment.alternatives.isEmpty { object["alternatives"] = .array(segment.alternatives.map(JSONValue.string)) }
        return .object(object)
    }

    private static func range(_ range: Range<Int>) -> JSONValue {
        [.integer(range.lowerBound), .integer(range.upperBound)]
    }

    private static func rounded(_ confidence: Double) -> Double { (confidence * 10_000).rounded() / 10_000 }
}
