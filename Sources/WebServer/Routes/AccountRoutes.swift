internal import Environment
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem
internal import Notes
internal import TranslationService

/// What a user has used and done, `/api/v1/usage` and `/api/v1/stats`; and `/api/v1/webhook-secret`.
struct AccountRoutes {
    let services: WebServices

    var routes: [Route] {
        [
            .get("/api/v1/usage", .scope(.account)) { _, context in
                let usage = try await services.identity.usage(of: try context.signedIn())
                return Response(json: [
                    "month": .string(usage.month),
                    "characters": .integer(usage.characters),
                    "limit": usage.limit.map { .integer($0) } ?? .null,
                    "requests": .integer(usage.requests),
                    "resets_at": .string(usage.resetsAt.rfc3339),
                ])
            }.uncounted,
            .get("/api/v1/stats", .scope(.account)) { request, context in
                let statistics = try await statistics(request, owner: try context.signedIn().userID)
                return Response(json: statistics.json)
            },
            .get("/api/v1/webhook-secret", .scope(.account)) { _, context in
                let owner = try context.signedIn().userID
                return Response(
                    json: ["secret": .string(services.webhookSecret(owner))],
                    headers: [.cacheControl: "no-store"]
                )
            },
        ]
    }

    /// The last days' statistics: 30, or as many as `?days=` says.
    private func statistics(_ request: Request, owner: String?) async throws -> ServiceStatistics {
        let days = try request.query(["days"]).integer("days", in: 1...366) ?? 30
        let now = services.environment.now()
        let cache = services.translation.cacheCount
        let from = now + .seconds(-86_400 * days)
        return try await services.statistics.statistics(
            StatisticsQuery(owner: owner, from: from, until: now + .seconds(1)),
            cacheHits: (cache.hits, cache.hits + cache.misses)
        )
    }
}

extension ServiceStatistics {
    fileprivate var json: JSONValue {
        [
            "notes": [
                "total": .integer(totalNotes),
                "by_language": .object(JSONObject(notes.map { ($0.language, .integer($0.notes)) })),
            ],
            "translations": [
                "total": .integer(totalTranslations),
                "by_pair_and_status": .array(translations.map(Self.json)),
            ],
            "words": .integer(words),
            "average_processing_time_ms": averageProcessingTime.map { .integer($0.wholeMicroseconds / 1000) } ?? .null,
            "within_service_level": withinServiceLevel.map { .decimal($0) } ?? .null,
            "cache_hit_rate": cacheHitRate.map { .decimal($0) } ?? .null,
            "per_day": .array(days.map(Self.json)),
        ]
    }

    private static func json(_ count: TranslationCount) -> JSONValue {
        [
            "source_language": .string(count.languages.source),
            "target_language": .string(count.languages.target),
            "status": .string(TranslationBody.status(count.state)),
            "count": .integer(count.jobs),
            "words": .integer(count.words),
        ]
    }

    private static func json(_ day: DayCount) -> JSONValue {
        [
            "date": .string(String(day.day.rfc3339.prefix(10))),
            "count": .integer(day.jobs),
            "completed": .integer(day.completed),
            "failed": .integer(day.failed),
            "words": .integer(day.words),
        ]
    }
}
