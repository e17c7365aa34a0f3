package import Environment
package import Identity
package import Notes
internal import Synchronization
package import TranslationService

/// What this process remembers of users outside the database, and how it forgets somebody.
///
/// Whoever erases a user clears what he can reach: Redis, his own memory and disk. Every other process learns of it from
/// the audit trail, within a minute, or when it starts: nothing that is sent once can be missed.
package final class OwnerCaches: Sendable {
    /// Clocks of several machines differ, by less than this.
    private static let overlap = Duration.seconds(300)

    /// Where notes are remembered: in Redis, for all processes, or here.
    package let notes: any KeyValueCache
    private let segments: MemorySegmentCache?
    private let disk: SQLSegmentCache?
    /// Since when erasures have to be looked for, and which of them have been heeded.
    private let state: Mutex<(since: Timestamp, heeded: Set<String>)>
    private let environment: ServiceEnvironment

    /// - Parameters:
    ///   - segments: all that remembers segments.
    ///   - disk: what lies below it on this process's disk, if anything does.
    ///   - lifetime: for how long it may lie there.
    package init(
        segments: MemorySegmentCache?,
        disk: SQLSegmentCache?,
        notes: any KeyValueCache,
        lifetime: Duration,
        environment: ServiceEnvironment
    ) {
        self.segments = segments
        self.disk = disk
        self.notes = notes
        self.environment = environment
        state = Mutex((environment.now() + (.zero - lifetime), []))
    }

    /// What to erase with a user.
    package var erasures: [IdentityConfiguration.Erasure] {
        guard let segments else { return [] }
        return [.init("remembered translations") { try await segments.removeAll(ofOwner: $0) }]
    }

    /// Forgets whoever was erased since this was called last, by any process. To be called every minute.
    /// - Throws: what keeps the audit trail from being read, or this process's disk from being cleared.
    package func heedErasures(_ identity: IdentityService) async throws {
        let (begin, (since, heeded)) = (environment.now(), state.withLock { $0 })
        let erased = Set(try await identity.erasedUsers(since: since))
        for owner in erased.subtracting(heeded) {
            segments?.forget(owner)
            (notes as? InProcessCache)?.removeAll()
            try await disk?.removeAll(ofOwner: owner)
        }
        state.withLock { $0 = (begin + (.zero - Self.overlap), erased) }
    }
}
