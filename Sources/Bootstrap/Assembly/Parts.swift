internal import CoreMetrics
internal import Environment
internal import Foundation
internal import Identity
internal import Inference
internal import JobSystem
internal import Logging
internal import Notes
internal import Redis
internal import ServiceLifecycle
internal import Storage
internal import Telemetry
internal import TranslationService
internal import WebServer
internal import Webhooks

/// The object graph of a server: what its services share.
struct Parts {
    let webServices: WebServices
    /// In the order in which they start; they end in reverse, the web server before all of them.
    let backgroundServices: [any Service]

    init(
        _ settings: SettingValues,
        _ installation: Installation,
        _ translation: TranslationAssembly,
        _ redis: RedisAssembly?,
        _ logger: Logger
    ) throws {
        let environment = installation.environment
        let metrics = PrometheusMetrics(.init(descriptions: MetricDescriptions.all))
        let observer = JobObserver(metrics: metrics, logger: logger)
        let store = installation.jobs
        let messaging = try MessagingAssembly(settings, installation, redis, logger)
        let (events, queue) = (messaging.events, messaging.queue)
        let jobs = JobService(
            store: store,
            queue: queue,
            events: events,
            environment: environment,
            admission: AdmissionControl(
                maximumWaiting: settings(Settings.maximumQueue),
                store: store,
                environment: environment
            ),
            meter: ThroughputMeter(parallelJobs: settings(Settings.concurrency))
        )
        let notes = NoteService(
            store: installation.noteStore,
            cache: redis.map { RedisCache($0.client) } ?? InProcessCache(environment: environment),
            environment: environment,
            countWords: WordCount.words
        )
        let texts = TextJobHandler(translation.service, failures: translation.failures)
        let handler = KindRouter([
            TextRequest.jobKind: texts, NoteJob.kind: NoteJobHandler(texts, notes: notes),
        ])
        var retry = RetryPolicy()
        retry.limit = settings(Settings.retryLimit)
        let worker = try WorkerAssembly(
            settings,
            installation,
            kinds: handler.kinds,
            languages: translation.service.jobLanguages,
            logger
        ) { [retry] configuration in
            WorkerLoop(
                configuration,
                store: store,
                queue: queue,
                events: events,
                environment: environment,
                handler: handler,
                retry: retry,
                meter: jobs.meter,
                report: observer.report
            )
        }
        let sweeper = JobSweeper(
            store: store,
            queue: queue,
            events: events,
            environment: environment,
            retry: retry,
            report: observer.report
        )
        let gauges = SystemGauges(
            metrics: metrics,
            store: store,
            service: translation.service,
            engines: translation.engines,
            others: messaging.measure
        )
        let (identity, segments) = (installation.identity, translation.segments)
        let deliveries = WebhookStore(installation.database, environment: environment)
        let webhooks = WebhookSender(
            Self.webhookConfiguration(settings, installation),
            store: deliveries,
            environment: environment,
            logger: logger,
            body: { try await JobNews.json(of: $0, in: store) }
        )
        backgroundServices =
            messaging.services + [
                SweeperService(sweeper: sweeper),
                PeriodicService(name: "metrics", interval: .seconds(5), environment: environment, logger: logger) {
                    try await gauges.update(at: environment.now())
                },
                PeriodicService(name: "webhooks", interval: .seconds(1), environment: environment, logger: logger) {
                    try await webhooks.deliverDue()
                },
                PeriodicService(name: "housekeeping", interval: .seconds(60), environment: environment, logger: logger)
                {
                    try await identity.sweep(at: environment.now())
                    _ = try await segments?.sweep()
                },
            ] + (settings(Settings.role) == .api ? [] : worker.services)
        let service = translation.service
        let registry = SQLWorkerRegistry(installation.database)
        webServices = WebServices(
            jobs: jobs,
            translation: service,
            identity: identity,
            notes: notes,
            statistics: StatisticsService(notes: installation.noteStore, jobs: store),
            healthChecks: Self.healthChecks(store, service) + messaging.healthChecks,
            workers: { try await registry.workers(at: environment.now()) },
            webhookDeliveries: { owner, job in
                try await deliveries.deliveries(ofOwner: owner, job: job).map(WebhookStatus.init)
            },
            webhookSecret: { WebhookSignature.secret(ofOwner: $0, installation: installation.secret) },
            metrics: metrics,
            exposition: { metrics.exposition() },
            environment: environment,
            logger: logger
        )
    }

    private static func webhookConfiguration(
        _ settings: SettingValues,
        _ installation: Installation
    ) -> WebhookSender.Configuration {
        var configuration = WebhookSender.Configuration(secret: installation.secret)
        configuration.allowsPrivateAddresses = settings(Settings.webhookPrivate)
        return configuration
    }

    private static func healthChecks(_ store: any JobStore, _ service: TranslationService) -> [HealthCheck] {
        [
            HealthCheck("database") { _ = try await store.queueStatus() },
            HealthCheck("queue") { _ = try await store.queueStatus() },
            HealthCheck("cache", isEssential: false) {},
            HealthCheck("engine") {
                guard !service.models().isEmpty else {
                    throw TranslationServiceError(.unavailable, "No models are installed.")
                }
            },
        ]
    }
}

extension WebhookStatus {
    fileprivate init(_ delivery: WebhookDelivery) {
        self.init(
            id: delivery.id,
            state: delivery.state.rawValue,
            attempts: delivery.attempts,
            createdAt: delivery.createdAt
        )
        nextAt = delivery.state == .pending ? delivery.nextAt : nil
        endedAt = delivery.endedAt
        status = delivery.status
        problem = delivery.problem
    }
}
