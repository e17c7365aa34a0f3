internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem
internal import ServiceLifecycle

/// Submits jobs the way HTTP wants it: charged to the user's quota, repeatable by `Idempotency-Key`, waited for with
/// `Prefer: wait`.
struct JobSubmitter: Sendable {
    let services: WebServices
    let configuration: WebServerConfiguration

    /// The key that makes a repeated request return the first one's job.
    /// - Throws: `Problem` 400.
    func idempotencyKey(_ request: Request) throws -> String? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
            throw Problem.malformed(
                "'Idempotency-Key' has another form than 1 to 255 ASCII characters.",
                field: "Idempotency-Key"
            )
        }
        return key
    }

    /// Charges and submits. What the quota does not allow costs nobody anything; what is not submitted, and what was
    /// before, is not paid for.
    func submit(_ request: JobRequest, characters: Int, _ principal: Principal) async throws -> Job {
        let identity = services.identity
        let charge: Charge
        do {
            charge = try await identity.charge(principal, characters: characters)
        } catch let error as IdentityError where error.code == .quotaExceeded {
            guard let job = try await services.jobs.earlierJob(request) else { throw error }
            return job
        }
        do {
            let outcome = try await services.jobs.submit(request)
            if case .repeated = outcome { identity.refund(charge) }
            return outcome.job
        } catch {
            // A job that may be there is not free.
            if (error as? JobError)?.mayHaveHappened != true { identity.refund(charge) }
            throw error
        }
    }

    /// Waits for a job as long as the client prefers, the server allows, and no shutdown comes in between.
    /// - Returns: the job if it ended in time.
    /// - Throws: `ClientHasGone`; the job goes on.
    func waited(for job: Job, _ request: Request) async throws -> Job? {
        guard let limit = PreferHeader.wait(request.headers[values: .prefer], limit: configuration.longestWait),
            limit > .zero
        else { return nil }
        let jobs = services.jobs
        do {
            let ended = try await cancelWhenGracefulShutdown {
                try await ClientPresence.whilePresent {
                    try await jobs.wait(for: job.id, owner: job.owner, upTo: limit)
                }
            }
            return ended.state.hasEnded ? ended : nil
        } catch is CancellationError {
            return nil
        }
    }

    /// 202 with where the job stands.
    func accepted(_ job: Job) async throws -> Response {
        var object = JSONObject([
            ("job_id", .string(job.id.text)), ("status", .string(TranslationBody.status(job.state))),
        ])
        try await estimate(job, into: &object)
        return Response(.accepted, json: .object(object), headers: [.location: "/api/v1/translations/\(job.id.text)"])
    }

    /// Adds where a waiting job stands.
    func estimate(_ job: Job, into object: inout JSONObject) async throws {
        guard let estimate = try await services.jobs.estimate(job) else { return }
        object["estimated_completion"] = .string(estimate.completion.rfc3339)
        object["position_in_queue"] = .integer(estimate.position.position)
    }
}
