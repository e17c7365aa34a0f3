package import JobSystem
internal import Testing

/// What became of jobs of which `JobProbe` was told that some kill whoever works on them.
package enum PoisonAudit {
    /// Two are dead letters that say why, and all others completed as if nothing had happened.
    package static func check(_ ids: [JobID], _ store: any JobStore) async throws {
        var dead = 0
        for id in ids {
            let job = try #require(try await store.job(id))
            #expect(job.failures == 0)
            guard try await store.input(of: id)?.payload == "poison" else {
                #expect(job.state == .completed && job.crashes <= Job.crashesBesideOthers)
                #expect(try await store.result(of: id) == SimulatedHandler.result(of: id))
                continue
            }
            dead += 1
            #expect(job.state == .failed && job.deadLetteredAt != nil && job.crashes == 3)
            #expect(job.failure == .workersDied(times: 3))
        }
        #expect(dead == 2)
    }
}
