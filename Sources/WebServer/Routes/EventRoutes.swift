internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem

/// Following a job by Server-Sent Events; tickets for browsers that follow one by WebSocket.
struct EventRoutes {
    let services: WebServices
    let configuration: WebServerConfiguration

    var routes: [Route] {
        [
            .get("/api/v1/translations/{id}/events", .scope(.jobs), events).uncounted,
            .post("/api/v1/tickets", .scope(.jobs), ticket).uncounted,
            .get("/ws/job/{id}", .everybody) { _, _ in
                throw Problem(
                    .upgradeRequired,
                    "upgrade-required",
                    "This address is for WebSockets, expected a request for one.",
                    headers: [.upgrade: "websocket"]
                )
            },
        ]
    }

    @Sendable private func ticket(_ request: Request, _ context: ServerContext) async throws -> Response {
        let ticket = try await services.identity.issueTicket(for: try context.signedIn())
        return Response(
            .created,
            json: ["ticket": .string(ticket.secret), "expires_in": .integer(ticket.expiresIn.components.seconds)]
        )
    }

    @Sendable private func events(_ request: Request, _ context: ServerContext) async throws -> Response {
        let owner = try context.signedIn().userID
        let seen = request.headers[.lastEventID].flatMap(JobEventID.init(text:))
        let job = JobSnapshot(try await services.jobs.job(try context.jobID(), owner: owner))
        // 204 tells browsers not to come back: the client knows how the job ended.
        if let seen, job.state.hasEnded, seen.covers(JobEventID(job)) { return Response(status: .noContent) }
        let updates = try await services.jobs.follow(job.id, owner: owner)
        let stream = EventStream(heartbeat: configuration.eventHeartbeat, environment: services.environment)
        return stream.response { deliver in
            do {
                for try await event in updates {
                    guard Self.deliver(event, after: seen, deliver) else { return }
                }
            } catch {
                // The store failed: the client comes back and asks again.
            }
        }
    }

    /// Hands on the segment that was finished and where the job is now, as far as the client has not seen them.
    private static func deliver(
        _ event: JobEvent,
        after seen: JobEventID?,
        _ deliver: (ServerSentEvent) -> Bool
    ) -> Bool {
        let id = JobEventID(event.job)
        if let seen, seen.covers(id) { return true }
        if let segment = event.segment, let data = try? JSONParser.parse(segment.payload.utf8) {
            let object: JSONValue = [
                "job_id": .string(event.job.id.text), "index": .integer(segment.index), "segment": data,
            ]
            guard deliver(ServerSentEvent(id: id.text, name: "segment", data: object)) else { return false }
        }
        return deliver(ServerSentEvent(id: id.text, name: "status", data: TranslationBody.event(event.job)))
    }
}
