/// How much memory models may take together, and which of them stay.
public struct ModelMemory: Sendable {
    /// Bytes of all loaded models. Those used longest ago go first, never one that is in use.
    public var limit = Int.max
    /// How long a model that is to be loaded waits for one in use to be let go of. Then it is loaded beyond the limit: its
    /// weights are mapped, so that too little memory makes the system read them again and again, where a request that
    /// waited for the end of somebody's book would not be answered at all.
    public var patience = Duration.seconds(5)
    /// Names of models that are never let go of.
    public var pinned: Set<String> = []

    public init() {}
}

/// A model as operators see it.
public struct ModelState: Sendable {
    public enum Stage: String, Sendable {
        case unloaded
        case loading
        case loaded
        /// It could not be loaded; the next request tries again, though not at once.
        case failed
    }

    public var stage = Stage.unloaded
    /// What it takes, or is about to take; 0 while it is unloaded.
    public var bytes = 0
    public var isPinned = false
    /// Requests that use it now.
    public var uses = 0
    /// How long ago a request began or ended to use it.
    public var lastUsed: Duration?
    /// How often it was loaded, could not be, and was let go of to make room, since the start.
    public var (loads, failures, evictions) = (0, 0, 0)
    /// How long it took to load it, the last time.
    public var loadTime: Duration?
    /// Why it could not be loaded.
    public var failure: (any Error)?

    public init() {}
}

/// What happens to models, for logs.
public enum ModelEvent: Sendable {
    case loaded(bytes: Int, in: Duration)
    case failed(any Error)
    /// Let go of to make room.
    case evicted(bytes: Int)
    /// Let go of because an administrator wanted it.
    case unloaded
    /// Loaded though there was no room: all others are in use or pinned, or it is too large by itself.
    case exceeds(limit: Int, bytes: Int)
}
