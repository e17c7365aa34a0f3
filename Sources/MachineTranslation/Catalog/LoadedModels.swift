internal import Foundation
internal import Inference
internal import Threads

/// The models of a process: each loaded once, on a thread of its own, and let go of when others need its room.
///
/// Nothing slow happens under the lock, so that nobody who asks about a model waits for another one's loading. Whoever asks
/// for the model itself waits asynchronously. Thread-safe.
final class LoadedModels: @unchecked Sendable {
    // Unchecked: `records` and `discarded` are guarded by the condition's lock. Not a `Mutex`, whose contended path the
    // thread sanitizer does not see on Linux, so that it would report races where there are none.

    /// Loads a model; blocks.
    /// - Parameters:
    ///   - willTake: to be called with the bytes that it needs before it takes them; may block.
    ///   - didRelease: to be called when its bytes are out of memory again.
    typealias Loading =
        @Sendable (
            ModelDescription,
            _ willTake: @escaping @Sendable (Int) -> Void,
            _ didRelease: @escaping @Sendable () -> Void
        ) throws -> LoadedModel

    /// Signalled when the uses of a model end, or its loading. Loading threads wait for it, and nobody else.
    let condition = NSCondition()
    /// By directory.
    var records: [String: ModelRecord] = [:]
    let memory: ModelMemory
    let report: @Sendable (ModelDescription, ModelEvent) -> Void
    private let loading: Loading
    private let share: ProcessorShare
    /// Models that nobody can get any more, and that are still to be freed.
    private var discarded: [LoadedModel] = []
    /// Bytes that were let go of and are still in memory, until the last thread has ended its step; by number of the load.
    private(set) var leavingBytes: [Int: Int] = [:]
    private var loadNumber = 0
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - share: what loading may use of the processors while others want them.
    ///   - report: told of what happens, on any thread.
    init(
        memory: ModelMemory,
        share: ProcessorShare,
        report: @escaping @Sendable (ModelDescription, ModelEvent) -> Void,
        loading: @escaping Loading
    ) {
        self.memory = memory
        self.share = share
        self.report = report
        self.loading = loading
    }

    var now: ContinuousClock.Instant { clock.now }

    // MARK: Using

    /// A model, for as long as the caller keeps what is returned. Loads it where it is not there.
    /// - Throws: what loading throws, also for a while after it did; `CancellationError`.
    func use(_ description: ModelDescription) async throws -> ModelUse {
        if let use = condition.withLock({ useLocked(description.directory) }) { return use }
        let waiter = ModelWaiter()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if waiter.start(continuation) { wait(for: description, waiter) }
            }
        } onCancel: {
            waiter.withdraw()
        }
    }

    /// How a model stands.
    func state(of description: ModelDescription) -> ModelState {
        condition.withLock { recordLocked(description).state(at: now) }
    }

    private func wait(for description: ModelDescription, _ waiter: ModelWaiter) {
        let answer: Result<ModelUse, any Error>? = condition.withLock {
            if let use = useLocked(description.directory) { return .success(use) }
            var record = recordLocked(description)
            if case .failed(let error, let retryAt) = record.stage, now < retryAt { return .failure(error) }
            record.waiters.append(waiter)
            records[description.directory] = record
            beginLocked(description)
            return nil
        }
        if let answer { waiter.resume(with: answer) }
    }

    private func useLocked(_ directory: String) -> ModelUse? {
        guard let record = records[directory], let model = record.model, !record.isLeaving else { return nil }
        return lendLocked(model, directory)
    }

    func lendLocked(_ model: LoadedModel, _ directory: String) -> ModelUse {
        records[directory]?.uses += 1
        records[directory]?.lastUsed = now
        return ModelUse(model) { [self] in end(directory) }
    }

    private func end(_ directory: String) {
        condition.withLock {
            records[directory]?.uses -= 1
            records[directory]?.lastUsed = now
            settleLocked(directory)
            shrinkLocked()
        }
    }

    private func recordLocked(_ description: ModelDescription) -> ModelRecord {
        records[description.directory]
            ?? ModelRecord(description, isPinned: memory.pinned.contains(description.name))
    }

    // MARK: Loading

    /// Begins to load a model that is not there, whenever it was last tried.
    func load(_ description: ModelDescription) { condition.withLock { beginLocked(description) } }

    /// Begins to load a model, unless it is there or being loaded.
    private func beginLocked(_ description: ModelDescription) {
        var record = recordLocked(description)
        switch record.stage {
        case .loaded, .loading: return
        case .unloaded, .failed: break
        }
        record.stage = .loading(reserved: 0)
        loadNumber += 1
        record.loadNumber = loadNumber
        records[description.directory] = record
        DedicatedThread.start("model-loading", share: share) { [self, number = loadNumber] in
            let start = now
            let result = Result {
                try loading(
                    description,
                    { [self] in makeRoom($0, for: description) },
                    { [weak self] in self?.released(number) }
                )
            }
            finish(description, result, after: now - start)
        }
    }

    private func released(_ number: Int) {
        condition.withLock {
            if leavingBytes.removeValue(forKey: number) != nil { condition.broadcast() }
        }
    }

    private func finish(
        _ description: ModelDescription,
        _ result: Result<LoadedModel, any Error>,
        after time: Duration
    ) {
        let answers = condition.withLock {
            var record = recordLocked(description)
            let waiters = record.waiters
            record.waiters = []
            record.end(result, after: time, at: now)
            records[description.directory] = record
            condition.broadcast()
            let answers = waiters.map { ($0, result.map { lendLocked($0, description.directory) }) }
            shrinkLocked()
            return answers
        }
        switch result {
        case .success(let model): report(description, .loaded(bytes: model.memoryBytes, in: time))
        case .failure(let error): report(description, .failed(error))
        }
        for (waiter, answer) in answers { waiter.resume(with: answer) }
    }

    // MARK: Letting go

    /// Lets go of a model as soon as nobody uses it. Never of a pinned one.
    func unload(_ description: ModelDescription) {
        condition.withLock {
            guard records[description.directory]?.mayLeave == true else { return }
            records[description.directory]?.unloadsWhenFree = true
            settleLocked(description.directory)
        }
    }

    /// Lets go of a model that was to leave, and is free now.
    private func settleLocked(_ directory: String) {
        guard let record = records[directory], record.uses == 0 else { return }
        condition.broadcast()
        if record.isLeaving || record.unloadsWhenFree { discardLocked(directory, isEviction: record.isLeaving) }
    }

    /// Lets go of a model that nobody uses, and loads it again where somebody waits for it.
    func discardLocked(_ directory: String, isEviction: Bool) {
        guard var record = records[directory], let model = record.model else { return }
        let event = isEviction ? ModelEvent.evicted(bytes: record.bytes) : .unloaded
        record.stage = .unloaded
        (record.isLeaving, record.unloadsWhenFree) = (false, false)
        if isEviction { record.evictions += 1 }
        records[directory] = record
        discarded.append(model)
        leavingBytes[record.loadNumber] = model.memoryBytes
        let description = record.description
        if !record.waiters.isEmpty { beginLocked(description) }
        // Unmapping takes a while: neither under the lock, nor on the thread of whoever happened to end the last use.
        DedicatedThread.start("model-leaving", share: share) { [self] in
            free()
            report(description, event)
        }
    }

    /// Frees what was let go of.
    private func free() {
        let models = condition.withLock {
            defer { discarded = [] }
            return discarded
        }
        for model in models { model.engine.shutDown() }
    }
}
