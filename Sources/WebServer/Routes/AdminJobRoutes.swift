internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem

/// `/api/v1/admin`: the queue, the workers and the dead letters.
struct AdminJobRoutes {
    let services: WebServices

    private static let deadLetters = "/api/v1/admin/dead-letters"

    var routes: [Route] {
        [
            .get("/api/v1/admin/queue", .scope(.admin)) { _, _ in
                Response(json: queue(try await services.jobs.store.queueStatus()))
            },
            .get("/api/v1/admin/workers", .scope(.admin)) { _, _ in
                // Each of many languages has as many pairs.
                try await LongTexts.offLoop(ifLong: .max) {
                    Response(json: .page(try await services.workers().map(Self.json), next: nil))
                }
            },
            .get(Self.deadLetters, .scope(.admin), list),
            .post(Self.deadLetters + "/{id}/retry", .scope(.admin), retry),
            .delete(Self.deadLetters + "/{id}", .scope(.admin), delete),
        ]
    }

    private func queue(_ status: QueueStatus) -> JSONValue {
        let now = services.environment.now()
        let classes = PriorityClass.allCases.map { priority in
            let waiting = status.waiting[priority]
            let age = waiting.map { Double(max(0, (now - $0.oldest).wholeMicroseconds)) / 1_000_000 }
            let object: JSONValue = [
                "waiting": .integer(waiting?.jobs ?? 0),
                "waiting_words": .integer(waiting?.words ?? 0),
                "oldest_seconds": age.map { .decimal($0) } ?? .null,
                "processing": .integer(status.processing[priority] ?? 0),
            ]
            return (priority.rawValue, object)
        }
        return [
            "waiting": .integer(status.waitingJobs),
            "words_per_second": .decimal(services.jobs.meter.wordsPerSecond),
            "classes": .object(JSONObject(classes)),
        ]
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let query = try request.query(["limit", "cursor"])
        let page = try await services.jobs.store.deadLetters(
            limit: try query.integer("limit", in: 1...200) ?? 50,
            cursor: try query.value("cursor", expected: "a 'next_cursor' of this list", JobCursor.init(text:))
        )
        return Response(json: .page(page.jobs.map(Self.deadLetter), next: page.next?.text))
    }

    @Sendable private func retry(_ request: Request, _ context: ServerContext) async throws -> Response {
        let id = try await deadLetter(context)
        let job = try await services.jobs.retry(id, owner: nil)
        try await audit(id, context)
        return Response(.accepted, json: .object(TranslationBody.job(job)))
    }

    @Sendable private func delete(_ request: Request, _ context: ServerContext) async throws -> Response {
        let id = try await deadLetter(context)
        try await services.jobs.erase(id, owner: nil)
        try await audit(id, context)
        return Response(status: .noContent)
    }

    /// The dead letter that the path names; other jobs are their owners' business.
    private func deadLetter(_ context: ServerContext) async throws -> JobID {
        let job = try await services.jobs.job(try context.jobID(), owner: nil)
        guard job.deadLetteredAt != nil else { throw Problem.notFound("There is no dead letter '\(job.id)'.") }
        return job.id
    }

    private func audit(_ id: JobID, _ context: ServerContext) async throws {
        let actor = context.actor(try context.signedIn())
        try await services.identity.audit(.administration, subject: id.text, by: actor)
    }

    private static func deadLetter(_ job: Job) -> JSONValue {
        var object = TranslationBody.job(job)
        object["owner"] = .string(job.owner)
        object["kind"] = .string(job.kind)
        object["dead_lettered_at"] = .optional(job.deadLetteredAt?.rfc3339)
        return .object(object)
    }

    private static func json(_ worker: WorkerRecord) -> JSONValue {
        [
            "name": .string(worker.name),
            "running_jobs": .integer(worker.runningJobs),
            "concurrency": .integer(worker.concurrency),
            "classes": .array(PriorityClass.allCases.filter(worker.classes.contains).map { .string($0.rawValue) }),
            "pairs": worker.languages.map { languages in
                .array(
                    languages.pairs.map {
                        ["source_language": .string($0.source), "target_language": .string($0.target)]
                    }
                )
            } ?? .null,
            "started_at": .string(worker.startedAt.rfc3339),
            "seen_at": .string(worker.seenAt.rfc3339),
        ]
    }
}
