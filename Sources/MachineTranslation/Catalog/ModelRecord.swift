/// What `LoadedModels` knows of one model. A value: whoever changes it holds the lock.
struct ModelRecord {
    enum Stage {
        case unloaded
        /// - Parameter reserved: the bytes it is about to take, once they are known.
        case loading(reserved: Int)
        case loaded(LoadedModel)
        case failed(any Error, retryAt: ContinuousClock.Instant)
    }

    let description: ModelDescription
    let isPinned: Bool
    var stage = Stage.unloaded
    var uses = 0
    var lastUsed: ContinuousClock.Instant?
    private var loadedAt: ContinuousClock.Instant?
    /// Whether it makes room for another: who comes now waits until it is loaded again.
    var isLeaving = false
    /// Whether it is let go of as soon as nobody uses it; who comes earlier may.
    var unloadsWhenFree = false
    var waiters: [ModelWaiter] = []
    /// Tells apart the times that the model was loaded.
    var loadNumber = 0
    var (loads, failures, evictions) = (0, 0, 0)
    /// Failures since it was last loaded.
    var failuresInRow = 0
    var loadTime: Duration?

    init(_ description: ModelDescription, isPinned: Bool) {
        self.description = description
        self.isPinned = isPinned
    }

    var model: LoadedModel? { if case .loaded(let model) = stage { model } else { nil } }

    /// Bytes that it takes or is about to take.
    var bytes: Int {
        switch stage {
        case .loading(let reserved): reserved
        case .loaded(let model): model.memoryBytes
        case .unloaded, .failed: 0
        }
    }

    /// Whether it could be let go of, now or when its uses end.
    var mayLeave: Bool { model != nil && !isPinned }

    /// When somebody last wanted it: to be used, or to be there.
    var lastWanted: ContinuousClock.Instant? {
        guard let lastUsed, let loadedAt else { return lastUsed ?? loadedAt }
        return max(lastUsed, loadedAt)
    }

    /// How long after a failure it is not tried again, twice as long after each in a row: whoever asks for a damaged model
    /// must not have gigabytes read each time.
    private var pause: Duration { .seconds(1 << min(failuresInRow, 6)) }

    /// Enters how loading ended.
    mutating func end(_ result: Result<LoadedModel, any Error>, after time: Duration, at now: ContinuousClock.Instant) {
        switch result {
        case .success(let model):
            stage = .loaded(model)
            loads += 1
            (failuresInRow, loadTime, loadedAt) = (0, time, now)
        case .failure(let error):
            stage = .failed(error, retryAt: now + pause)
            failures += 1
            failuresInRow += 1
        }
    }

    func state(at now: ContinuousClock.Instant) -> ModelState {
        var state = ModelState()
        switch stage {
        case .unloaded: state.stage = .unloaded
        case .loading: state.stage = .loading
        case .loaded: state.stage = .loaded
        case .failed(let error, _): (state.stage, state.failure) = (.failed, error)
        }
        state.bytes = bytes
        state.isPinned = isPinned
        state.uses = uses
        state.lastUsed = lastUsed.map { now - $0 }
        (state.loads, state.failures, state.evictions) = (loads, failures, evictions)
        state.loadTime = loadTime
        return state
    }
}
