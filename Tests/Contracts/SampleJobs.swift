package import Environment
package import JobSystem

/// Requests and submissions for tests.
package enum SampleJobs {
    /// A request that passes validation.
    package static func request(
        owner: String = "ada",
        priority: Priority = Priority(.standard),
        kind: String = "text",
        languages: JobLanguages = JobLanguages(source: "en", target: "hi"),
        payload: String = #"{"text":"Hello"}"#,
        words: Int = 1,
        segments: Int = 1,
        key: String? = nil,
        retention: Duration = .seconds(30 * 86_400)
    ) -> JobRequest {
        JobRequest(
            owner: owner,
            kind: kind,
            languages: languages,
            priority: priority,
            input: JobInput(payload: payload),
            segments: segments,
            words: words,
            idempotencyKey: key,
            retention: retention
        )
    }

    /// A request on its way into a store, under a new id.
    package static func submission(_ request: JobRequest = request(), at time: Timestamp) -> JobSubmission {
        JobSubmission(id: JobID(at: time) { .random(in: .min ... .max) }, request: request, at: time)
    }
}
