internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem
internal import TranslationService

/// `/api/v1/translations`: jobs that translate texts.
struct TranslationRoutes {
    let services: WebServices
    let tasks: TextTaskReader
    let submission: JobSubmitter

    private static let path = "/api/v1/translations"

    var routes: [Route] {
        [
            .post(Self.path, .scope(.translate), submit),
            .get(Self.path, .scope(.jobs), list).uncounted,
            .get(Self.path + "/{id}", .scope(.jobs), show).uncounted,
            .delete(Self.path + "/{id}", .scope(.jobs), delete),
            .post(Self.path + "/{id}/retry", .scope(.jobs), retry),
            .get(Self.path + "/{id}/webhooks", .scope(.jobs), webhooks).uncounted,
        ]
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let principal = try context.signedIn()
        let key = try submission.idempotencyKey(request)
        let task = try await tasks.read(request, principal, isStored: true)
        let jobRequest = try await services.translation.jobRequest(
            task.request,
            owner: principal.userID,
            priority: Priority(task.priority),
            metadata: task.metadata,
            webhookURL: task.webhookURL,
            idempotencyKey: key,
            retention: submission.configuration.retention
        )
        let job = try await submission.submit(jobRequest, characters: task.characters, principal)
        guard let ended = try await submission.waited(for: job, request) else {
            return try await submission.accepted(job)
        }
        let wait = PreferHeader.wait(request.headers[values: .prefer], limit: submission.configuration.longestWait)
        var response = try await full(ended, includesSegments: false)
        response.headers[.location] = Self.path + "/" + job.id.text
        response.headers[.preferenceApplied] = "wait=\(wait?.components.seconds ?? 0)"
        return response
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let query = try request.query(["status", "limit", "cursor"])
        let states = JobState.allCases.map { TranslationBody.status($0) }.joined(separator: ", ")
        let page = try await services.jobs.store.jobs(
            JobListQuery(
                owner: try context.signedIn().userID,
                state: try query.value("status", expected: "one of \(states)") { text in
                    JobState.allCases.first { TranslationBody.status($0) == text.uppercased() }
                },
                limit: try query.integer("limit", in: 1...200) ?? 50,
                cursor: try query.value("cursor", expected: "a 'next_cursor' of this list", JobCursor.init(text:))
            )
        )
        return Response(json: .page(page.jobs.map { .object(TranslationBody.job($0)) }, next: page.next?.text))
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        let includesSegments = try request.includesSegments()
        let job = try await services.jobs.job(try context.jobID(), owner: try context.signedIn().userID)
        return try await full(job, includesSegments: includesSegments)
    }

    @Sendable private func delete(_ request: Request, _ context: ServerContext) async throws -> Response {
        let purges = try request.query(["purge"]).flag("purge")
        let (id, owner) = (try context.jobID(), try context.signedIn().userID)
        if purges {
            try await services.jobs.erase(id, owner: owner)
            return Response(status: .noContent)
        }
        let job = try await services.jobs.cancel(id, owner: owner)
        return try await full(job, includesSegments: false)
    }

    @Sendable private func retry(_ request: Request, _ context: ServerContext) async throws -> Response {
        let job = try await services.jobs.retry(try context.jobID(), owner: try context.signedIn().userID)
        return try await submission.accepted(job)
    }

    @Sendable private func webhooks(_ request: Request, _ context: ServerContext) async throws -> Response {
        let job = try await services.jobs.job(try context.jobID(), owner: try context.signedIn().userID)
        let deliveries = try await services.webhookDeliveries(job.owner, job.id)
        return Response(json: .page(deliveries.map(TranslationBody.webhook), next: nil))
    }

    /// A job with its result, its metadata, and where it stands in the queue.
    private func full(_ job: Job, includesSegments: Bool) async throws -> Response {
        var object = TranslationBody.job(job)
        try await submission.estimate(job, into: &object)
        let store = services.jobs.store
        if job.textsErasedAt == nil, let metadata = try await store.input(of: job.id)?.metadata {
            object["metadata"] = try? JSONParser.parse(metadata.utf8)
        }
        guard job.kind == TextRequest.jobKind, let result = try await store.result(of: job.id) else {
            return Response(json: .object(object))
        }
        let duration = job.startedAt.flatMap { start in job.endedAt.map { $0 - start } }
        return try await LongTexts.offLoop(ifLong: result.utf8.count) { [object] in
            var object = object
            let text = try TextResult.decode(json: result)
            object["result"] = .object(
                TranslationBody.result(text, duration: duration, includesSegments: includesSegments)
            )
            return Response(json: .object(object))
        }
    }
}

extension ServerContext {
    /// The job that the path names.
    /// - Throws: `Problem` 404 for what cannot be a job's id.
    func jobID() throws(Problem) -> JobID {
        let text = pathParameter("id")
        guard let id = JobID(text) else { throw .notFound("There is no job '\(text.shortened)'.") }
        return id
    }
}

extension JSONValue {
    /// Some of a list, and where to go on.
    static func page(_ items: [JSONValue], next: String?) -> JSONValue {
        ["items": .array(items), "next_cursor": .optional(next)]
    }
}
