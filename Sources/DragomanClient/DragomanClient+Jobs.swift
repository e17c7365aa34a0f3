internal import NIOHTTP1

extension DragomanClient {
    private static let jobs = ["api", "v1", "translations"]

    /// Where a job stands, with its result once it has completed.
    ///
    /// - Parameter includingSegments: whether to tell what became of each sentence.
    public func status(of job: String, includingSegments: Bool = false) async throws -> TranslationJob {
        var call = Call(.GET, Self.jobs + [job])
        if includingSegments { call.query = [("include", "segments")] }
        return try await transport.send(call)
    }

    /// A page of one's own jobs, newest first.
    ///
    /// - Parameter cursor: ``Page/nextCursor`` of the page before; `nil` for the first one.
    public func jobs(
        status: JobStatus? = nil,
        limit: Int = 50,
        cursor: String? = nil
    ) async throws -> Page<TranslationJob> {
        var call = Call(.GET, Self.jobs)
        call.query = [("limit", String(limit))]
        if let status { call.query.append(("status", status.rawValue)) }
        if let cursor { call.query.append(("cursor", cursor)) }
        return try await transport.send(call)
    }

    /// Cancels a job that waits or runs. To cancel a cancelled one does nothing.
    ///
    /// - Throws: ``DragomanClientError/Code/conflict`` if it has ended otherwise.
    @discardableResult
    public func cancel(_ job: String) async throws -> TranslationJob {
        do {
            return try await transport.send(Call(.DELETE, Self.jobs + [job]))
        } catch let error as DragomanClientError where error.code == .conflict {
            // It may be the answer to a repetition of a call that did its work.
            let present = try await status(of: job)
            guard present.status == .cancelled else { throw error }
            return present
        }
    }

    /// Runs a failed job again.
    public func retry(_ job: String) async throws -> SubmittedJob {
        try await transport.send(Call(.POST, Self.jobs + [job, "retry"], isRepeatable: false))
    }

    /// Erases an ended job with its texts.
    public func erase(_ job: String) async throws {
        var call = Call(.DELETE, Self.jobs + [job], isRepeatable: false)
        call.query = [("purge", "true")]
        try await transport.send(call)
    }

    /// What happens to a job: first where it stands, then every change, until it has ended.
    ///
    /// The changes come over a WebSocket. If it is lost it is opened again, and nothing that matters is missed, since
    /// each event tells the whole state. Where no WebSocket can be had, the server is asked at intervals instead.
    /// Leaving the loop, or cancelling its task, closes the connection.
    ///
    ///     for try await event in client.events(of: job.id) { print(event.progress) }
    public func events(of job: String) -> JobEvents { JobEvents(job: job, transport: transport) }

    /// Waits until a job has ended.
    ///
    /// - Parameter limit: how long to wait; `nil` for as long as it takes. The job goes on in any case.
    /// - Returns: the job, completed, with its result.
    /// - Throws: ``DragomanClientError/Code/jobFailed`` or ``DragomanClientError/Code/jobCancelled`` if it ended so,
    ///   ``DragomanClientError/Code/timedOut`` if it did not end in time.
    public func waitForCompletion(of job: String, upTo limit: Duration? = nil) async throws -> TranslationJob {
        guard let limit else { return try await completion(of: job) }
        let message = "The job '\(job)' has not ended within \(limit)."
        return try await TimeLimit.run(limit, message: message) { try await self.completion(of: job) }
    }

    private func completion(of job: String) async throws -> TranslationJob {
        for try await event in events(of: job) where event.status.hasEnded { break }
        let ended = try await status(of: job)
        switch ended.status {
        case .completed: return ended
        case .cancelled: throw DragomanClientError(.jobCancelled, "The job '\(job)' was cancelled.")
        default:
            let reason = ended.error.map { " \($0.code): \($0.message)" } ?? ""
            throw DragomanClientError(.jobFailed, "The job '\(job)' has failed.\(reason)")
        }
    }
}
