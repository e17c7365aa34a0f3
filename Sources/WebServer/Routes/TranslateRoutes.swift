internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem
internal import TranslationService

/// `POST /api/v1/translate`: short texts, translated at once, stored nowhere.
struct TranslateRoutes {
    let services: WebServices
    let tasks: TextTaskReader

    var routes: [Route] { [.post("/api/v1/translate", .scope(.translate), translate)] }

    @Sendable private func translate(_ request: Request, _ context: ServerContext) async throws -> Response {
        let principal = try context.signedIn()
        let includesSegments = try request.includesSegments()
        let task = try await tasks.read(request, principal, isStored: false)
        let most = services.translation.limits.synchronousCharacters
        guard task.characters <= most else {
            throw Problem(
                .contentTooLarge,
                "too-large",
                "The text has \(task.characters) characters, expected at most \(most); submit longer ones to "
                    + "'/api/v1/translations'."
            )
        }
        // Before it is charged for.
        let checked = try services.translation.check(task.request)
        let begin = services.environment.now()
        let result = try await charged(task, principal) {
            try await services.translation.translate(task.request, owner: principal.userID)
        }
        let duration = services.environment.now() - begin
        var object = TranslationBody.result(result, duration: duration, includesSegments: includesSegments)
        object["source_language"] = .string(checked.source)
        object["target_language"] = .string(checked.target)
        return Response(json: .object(object))
    }

    /// Charges, and gives back what was charged if the work fails. Whoever leaves in the middle has had work done.
    private func charged(
        _ task: TextTask,
        _ principal: Principal,
        _ work: @escaping @Sendable () async throws -> TextResult
    ) async throws -> TextResult {
        let charge = try await services.identity.charge(principal, characters: task.characters)
        do {
            return try await ClientPresence.whilePresent(work)
        } catch {
            if !(error is ClientHasGone) { services.identity.refund(charge) }
            throw error
        }
    }
}

extension Request {
    /// Whether `?include=segments` is asked for.
    func includesSegments() throws -> Bool {
        try query(["include"]).value("include", expected: "'segments'") { $0 == "segments" ? true : nil } ?? false
    }
}
