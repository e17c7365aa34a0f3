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
    /// Jobs that this process works on.
    let runningJobs: @Sendable () -> Int

    init(
        _ settings: SettingValues,
        _ installation: Installation,
        _ translation: TranslationAssembly,
        _ caches: OwnerCaches,
        _ redis: RedisAssembly?,
        _ logger: Logger
    ) throws {
        let environment = installation.environment
        let metrics = PrometheusMetrics(.init(descriptions: MetricDescriptions.all))
        let observer = JobObserver(metrics: metrics, logger: logger)
        let store = installation.jobs
        let messaging = try MessagingAssembly(settings, installation, redis, logger)
        let (queue, ended) = (messaging.queue, Signal())
        let events = EndingsBus(bus: messaging.events, ended: ended)
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
            cache: caches.notes,
            environment: environment,
            countWords: WordCount.words
        )
        let texts = TextJobHandler(
            translation.service,
            patience: AttemptPatience(base: settings(Settings.attemptTimeout)),
            failures: translation.failures
        )
        let handler = KindRouter([
            TextRequest.jobKind: texts, NoteJob.kind: NoteJobHandler(texts, notes: notes),
        ])
        var retry = RetryPolicy()
        retry.limit = settings(Settings.retryLimit)
        retry.crashLimit = settings(Settings.crashLimit)
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
            others: { [measure = messaging.measure, models = ModelGauges.reading(of: translation.service)] set in
                measure(set)
                models(set)
            },
            environment: environment,
            logger: logger
        )
        metrics.onScrape { await gauges.refresh() }
        let (identity, segments) = (installation.identity, translation.segments)
        let deliveries = WebhookStore(installation.database, environment: environment)
        let webhooks = WebhookSender(
            Self.webhookConfiguration(settings, installation),
            store: deliveries,
            ended: ended,
            environment: environment,
            logger: logger,
            body: { try await JobNews.json(of: $0, in: store) }
        )
        backgroundServices =
            messaging.services + [
                SweeperService(sweeper: sweeper),
                WebhookService(sender: webhooks),
                PeriodicService(name: "webhooks", interval: .seconds(3600), environment: environment, logger: logger) {
                    while try await deliveries.recordMissed() > 0 { ended.raise() }
                },
                PeriodicService(name: "housekeeping", interval: .seconds(60), environment: environment, logger: logger)
                {
                    try await identity.sweep(at: environment.now())
                    try await caches.heedErasures(identity)
                    _ = try await segments?.sweep()
                    try await (installation.database as? SQLiteDatabase)?.giveBackSpace()
                },
            ] + (settings(Settings.role) == .api ? [] : worker.services)
        runningJobs = { [worker = worker.worker] in worker.runningJobs }
        let service = translation.service
        let registry = SQLWorkerRegistry(installation.database)
        let storage = StorageHealth(
            installation: installation,
            registry: registry,
            segments: translation.segmentDatabase,
            maximumQueue: settings(Settings.maximumQueue)
        )
        webServices = WebServices(
            jobs: jobs,
            translation: service,
            identity: identity,
            notes: notes,
            statistics: StatisticsService(notes: installation.noteStore, jobs: store),
            healthChecks: storage.checks + ModelHealth.checks(of: service) + messaging.healthChecks
                + (settings(Settings.role) == .api ? [] : [worker.healthCheck]),
            workers: { try await registry.workers(at: environment.now()) },
            webhookDeliveries: { owner, job in
                try await deliveries.deliveries(ofOwner: owner, job: job).map(WebhookStatus.init)
            },
            webhookSecret: { WebhookSignature.secret(ofOwner: $0, installation: installation.secret) },
            webhookProblem: { [allowsPrivate = settings(Settings.webhookPrivate)] url in
                WebhookAddress.problem(url, allowsPrivate: allowsPrivate)
            },
            metrics: metrics,
            exposition: { await metrics.scrape() },
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
