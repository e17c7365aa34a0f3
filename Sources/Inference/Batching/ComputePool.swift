internal import Threads

/// The threads that models are run on. All models of a process share one pool: there are as many threads as were asked
/// for, however many models are loaded, and one order among what waits, whichever model it is for.
///
/// Each thread keeps a running batch for every model it works on and runs their steps in turns; together they have no more
/// rows than one batch may have. Requests that somebody waits for can have threads of their own, in front of which all
/// others step back: the system's scheduler interrupts these at any moment, where a batch could make room only between two
/// steps.
///
/// Thread-safe. The threads end when the pool is released or `shutDown()` is called.
public final class ComputePool: Sendable {
    public struct Configuration: Sendable {
        /// Worker threads; each decodes batches of its own.
        public var threads: Int
        /// Further threads, for urgent requests alone; the others then leave them the processors as far as the system can
        /// arrange it (`ProcessorShare`). Without any, urgent requests go among the others, by their priority.
        public var urgentThreads = 0
        /// Most rows (sentences × beams) a thread decodes at once. More rows than this make a thread no faster, and each
        /// costs memory; the default is a multiple of the matrix kernels' six rows.
        public var maximumRows = 24
        /// Most source tokens of the sentences that a thread decodes at once: what is kept of the sources takes the most
        /// memory.
        public var maximumTokens = 576

        public init(threads: Int = 1) { self.threads = threads }

        /// Refuses impossible values.
        func validate() throws {
            let values = [
                (threads, 1...1024, "threads"), (urgentThreads, 0...1024, "urgent threads"),
                (maximumRows, 1...1 << 16, "rows"),
                (maximumTokens, 1...1 << 24, "tokens"),
            ]
            for (value, range, what) in values where !range.contains(value) {
                throw InferenceError(
                    .invalidRequest,
                    "\(value) \(what) are asked for, expected \(range.lowerBound) to \(range.upperBound)."
                )
            }
        }
    }

    /// Name of the instruction set in use.
    public let instructionSet: String
    private let queue = WorkQueue()
    /// What is urgent, where there are threads for it.
    private let urgentQueue: WorkQueue?
    private let counters = EngineCounters()
    private let maximumRows: Int

    /// Starts the threads.
    /// - Throws: `.invalidRequest` for an impossible configuration or an unknown `DRAGOMAN_ISA`.
    public convenience init(_ configuration: Configuration = .init()) throws {
        try self.init(configuration, kernels: Kernels.selected())
    }

    /// Starts the threads on the given kernels.
    package init(_ configuration: Configuration, kernels: Kernels) throws {
        try configuration.validate()
        instructionSet = kernels.name
        maximumRows = configuration.maximumRows
        urgentQueue = configuration.urgentThreads > 0 ? WorkQueue() : nil
        var worker = Worker(configuration: configuration, kernels: kernels, queue: queue, counters: counters)
        let share: ProcessorShare = urgentQueue == nil ? .whole : .whatIsLeft
        Self.start(worker, count: configuration.threads, "inference", share)
        guard let urgentQueue else { return }
        worker.queue = urgentQueue
        Self.start(worker, count: configuration.urgentThreads, "urgent", .whole)
    }

    private static func start(_ worker: Worker, count: Int, _ name: String, _ share: ProcessorShare) {
        for number in 0..<count {
            DedicatedThread.start("\(name)-\(number)", share: share) { worker.run() }
        }
    }

    deinit { shutDown() }

    /// What the threads have done since they started, for all models together.
    public var statistics: EngineStatistics { statistics(of: counters) }

    /// What the threads have done for one model.
    func statistics(of counters: EngineCounters) -> EngineStatistics {
        var statistics = counters.statistics
        statistics.maximumRows = maximumRows
        return statistics
    }

    /// Ends the threads after their current step; requests that have not ended fail with `.cancelled`.
    public func shutDown() {
        queue.stop()
        urgentQueue?.stop()
    }

    /// Puts items where they are taken from.
    func put(_ items: [WorkItem]) {
        guard let urgentQueue else { return queue.put(items) }
        urgentQueue.put(items.filter(\.isUrgent))
        queue.put(items.filter { !$0.isUrgent })
    }

    /// Fails a model's requests, and has the threads let go of it and of what they keep for it, after their current step.
    func close(_ model: PooledModel) {
        model.close()
        queue.close(model)
        urgentQueue?.close(model)
    }
}
