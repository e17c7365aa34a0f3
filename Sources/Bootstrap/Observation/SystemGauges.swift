internal import CoreMetrics
internal import Environment
internal import Inference
internal import JobSystem
internal import Logging
internal import Synchronization
internal import TranslationService

/// Reads numbers of one part of the system and sets the gauges for them.
typealias GaugeReading =
    @Sendable (_ set: (_ name: String, _ value: Double, _ labels: [(String, String)]) -> Void) -> Void

/// Numbers that are read when somebody asks for them: queues, caches, engines.
final class SystemGauges: Sendable {
    /// Numbers are no older than this, and no more often read.
    private static let interval = Duration.seconds(1)
    /// Whoever asks gets the last ones after this time.
    private static let patience = Duration.seconds(2)

    private let metrics: any MetricsFactory
    private let store: any JobStore
    private let service: TranslationService
    private let engines: @Sendable () -> EngineStatistics
    private let others: GaugeReading
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let last = Mutex<(time: Timestamp, engines: EngineStatistics)?>(nil)
    private let reading = Mutex<(isUnderWay: Bool, readAt: Timestamp?)>((false, nil))
    private let failing = FailureStreak()

    /// - Parameter others: sets more of them.
    init(
        metrics: any MetricsFactory,
        store: any JobStore,
        service: TranslationService,
        engines: @escaping @Sendable () -> EngineStatistics,
        others: @escaping GaugeReading,
        environment: ServiceEnvironment,
        logger: Logger
    ) {
        self.metrics = metrics
        self.store = store
        self.service = service
        self.engines = engines
        self.others = others
        self.environment = environment
        self.logger = logger
    }

    /// Reads the numbers, unless that is done already or was done just now. Takes two seconds at most, and never fails: where
    /// nothing can be read the last numbers stay.
    func refresh() async {
        let now = environment.now()
        let isDue = reading.withLock { reading in
            guard !reading.isUnderWay, reading.readAt.map({ now - $0 >= Self.interval }) ?? true else { return false }
            reading = (true, now)
            return true
        }
        guard isDue else { return }
        let done = Signal()
        Task {
            await read(at: now)
            done.raise()
        }
        await done.wait(after: 0, upTo: Self.patience, environment: environment)
    }

    private func read(at now: Timestamp) async {
        defer { reading.withLock { $0.isUnderWay = false } }
        do {
            try await update(at: now)
            if failing.succeed() { logger.notice("the queue's metrics can be read again") }
        } catch {
            guard failing.fail() else { return }
            logger.warning("the queue's metrics cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func update(at now: Timestamp) async throws {
        let cache = service.cacheCount
        set("dragoman_segment_cache_hits", Double(cache.hits))
        set("dragoman_segment_cache_misses", Double(cache.misses))
        others { set($0, $1, $2) }
        updateEngines(now)
        let queue = try await store.queueStatus()
        for priorityClass in PriorityClass.allCases {
            let labels = [("class", priorityClass.rawValue.lowercased())]
            let waiting = queue.waiting[priorityClass]
            let age = waiting.map { Double((now - $0.oldest).wholeMicroseconds) / 1_000_000 } ?? 0
            set("dragoman_queue_jobs", Double(waiting?.jobs ?? 0), labels)
            set("dragoman_queue_words", Double(waiting?.words ?? 0), labels)
            set("dragoman_queue_oldest_seconds", max(0, age), labels)
            set("dragoman_jobs_processing", Double(queue.processing[priorityClass] ?? 0), labels)
        }
        for count in try await store.counts() {
            let priorityClass = count.priorityClass.rawValue.lowercased()
            set("dragoman_jobs", Double(count.jobs), [("state", count.state.rawValue), ("class", priorityClass)])
        }
    }

    private func updateEngines(_ now: Timestamp) {
        let present = engines()
        let before = last.withLock { last in
            defer { last = (now, present) }
            return last
        }
        guard let before, now > before.time else { return }
        let seconds = Double((now - before.time).wholeMicroseconds) / 1_000_000
        let steps = present.steps - before.engines.steps
        let rows = present.rows - before.engines.rows
        set("dragoman_engine_rows_per_second", Double(rows) / seconds)
        set("dragoman_engine_batch_rows", steps > 0 ? Double(rows) / Double(steps) : 0)
        set("dragoman_engine_batch_fill", steps > 0 ? Double(rows) / Double(steps * max(1, present.maximumRows)) : 0)
    }

    private func set(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        Gauge(label: name, dimensions: labels, factory: metrics).record(value)
    }
}
