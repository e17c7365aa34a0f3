package import CoreMetrics
package import Environment
package import Identity
package import JobSystem
package import Logging
package import Notes
package import TranslationService

/// What the server calls. Everything is passed in; nothing is looked up.
package struct WebServices: Sendable {
    package var jobs: JobService
    package var translation: TranslationService
    package var identity: IdentityService
    package var notes: NoteService
    package var statistics: StatisticsService
    /// What `/health` asks, in this order. The names become the members of `checks`.
    package var healthChecks: [HealthCheck]
    /// The workers that share the database, for administrators.
    package var workers: @Sendable () async throws -> [WorkerRecord]
    /// What became of the news that a job's webhook was to be told, latest first.
    package var webhookDeliveries: @Sendable (_ owner: String, _ job: JobID) async throws -> [WebhookStatus]
    /// What the news for an owner's webhooks are signed with.
    package var webhookSecret: @Sendable (_ owner: String) -> String
    /// Says what is wrong with a webhook's address at which nobody can ever be told anything; nil: nothing that can be seen.
    package var webhookProblem: @Sendable (_ url: String) -> String?
    /// Where requests are counted and timed.
    package var metrics: any MetricsFactory
    /// All metrics in Prometheus's text format.
    package var exposition: @Sendable () async -> String
    package var environment: ServiceEnvironment
    package var logger: Logger

    package init(
        jobs: JobService,
        translation: TranslationService,
        identity: IdentityService,
        notes: NoteService,
        statistics: StatisticsService,
        healthChecks: [HealthCheck],
        workers: @escaping @Sendable () async throws -> [WorkerRecord] = { [] },
        webhookDeliveries: @escaping @Sendable (_ owner: String, _ job: JobID) async throws -> [WebhookStatus] = {
            _,
            _ in []
        },
        webhookSecret: @escaping @Sendable (_ owner: String) -> String = { _ in "" },
        webhookProblem: @escaping @Sendable (_ url: String) -> String? = { _ in nil },
        metrics: any MetricsFactory,
        exposition: @escaping @Sendable () async -> String,
        environment: ServiceEnvironment,
        logger: Logger
    ) {
        self.jobs = jobs
        self.translation = translation
        self.identity = identity
        self.notes = notes
        self.statistics = statistics
        self.healthChecks = healthChecks
        self.workers = workers
        self.webhookDeliveries = webhookDeliveries
        self.webhookSecret = webhookSecret
        self.webhookProblem = webhookProblem
        self.metrics = metrics
        self.exposition = exposition
        self.environment = environment
        self.logger = logger
    }
}

/// A part of the system that can say whether it works.
package struct HealthCheck: Sendable {
    package var name: String
    /// Whether requests cannot be served at all without it: `/health/ready` then answers 503.
    package var isEssential: Bool
    /// Throws, or takes longer than two seconds, if the part does not work. Asked once a second at most.
    package var check: @Sendable () async throws -> Void

    package init(_ name: String, isEssential: Bool = true, check: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.isEssential = isEssential
        self.check = check
    }
}

/// How far telling a webhook has come.
package struct WebhookStatus: Hashable, Sendable {
    package var id: String
    /// `pending`, `delivered` or `failed`.
    package var state: String
    package var attempts: Int
    package var createdAt: Timestamp
    /// When it is tried next; `nil` once it has ended.
    package var nextAt: Timestamp?
    package var endedAt: Timestamp?
    /// The status of the last answer.
    package var status: Int?
    /// What went wrong last.
    package var problem: String?

    package init(id: String, state: String, attempts: Int, createdAt: Timestamp) {
        self.id = id
        self.state = state
        self.attempts = attempts
        self.createdAt = createdAt
    }
}
