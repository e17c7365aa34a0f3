import Contracts
import Environment
import Identity
import JobSystem
import PostgreSQL
import Storage
import Testing
import Webhooks

extension PostgresTests {
    /// Two processes do the same at the same time.
    @Suite struct RaceTests {
        private let start = ManualTime.start

        @Test func startingAtOnce_takesEachStepOnce() async throws {
            try await withDatabase(isMigrated: false) { address in
                let databases = try (0..<4).map { _ in try TestServer.database(address) }
                let migrator = try Migrator(Schema.migrations)
                #expect(try await migrator.pending(databases[0]) == Schema.migrations)
                let taken = try await withThrowingTaskGroup(of: [Migration].self) { group in
                    for database in databases { group.addTask { try await migrator.migrate(database) } }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(taken.sorted { $0.number < $1.number } == Schema.migrations)
                #expect(try await migrator.pending(databases[1]).isEmpty)
                for database in databases { try await database.close() }
            }
        }

        @Test func changedMigration_isRefused() async throws {
            try await withTwoDatabases { database, _ in
                let changed = Migration(number: 1, name: "jobs", statements: ["CREATE TABLE jobs (id TEXT)"])
                let migrator = try Migrator([changed] + Schema.migrations.dropFirst())
                let error = await #expect(throws: StorageError.self) { try await migrator.migrate(database) }
                #expect(error?.code == .schema)
            }
        }

        @Test func claimsOfManyWorkers_shareTheJobs() async throws {
            try await withTwoDatabases { first, second in
                let stores = [SQLJobStore(first), SQLJobStore(second)]
                var jobs: Set<JobID> = []
                for _ in 0..<300 { jobs.insert(try await stores[0].submit(SampleJobs.submission(at: start)).job.id) }
                let claimed = try await withThrowingTaskGroup(of: [JobID].self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            var mine: [JobID] = []
                            let request = ClaimRequest(worker: "w\(number)", limit: 7, time: start)
                            while case let batch = try await stores[number % 2].claim(request), !batch.isEmpty {
                                mine += batch.map(\.job.id)
                            }
                            return mine
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(claimed.count == 300 && Set(claimed) == jobs)
            }
        }

        @Test func submissionsUnderOneKey_areOneJob() async throws {
            try await withTwoDatabases { first, second in
                let stores = [SQLJobStore(first), SQLJobStore(second)]
                for round in 0..<10 {
                    let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                        for number in 0..<8 {
                            group.addTask {
                                let request = SampleJobs.request(key: "key-\(round)")
                                return try await stores[number % 2].submit(SampleJobs.submission(request, at: start))
                                    .job.id
                            }
                        }
                        return try await group.reduce(into: Set()) { $0.insert($1) }
                    }
                    #expect(ids.count == 1)
                }
            }
        }

        @Test func retryAgainstErasure_neverLeavesAWaitingJobWithoutItsText() async throws {
            try await withTwoDatabases { first, second in
                let (store, other) = (SQLJobStore(first), SQLJobStore(second))
                let late = start + .seconds(1_000_000_000)
                var (retried, erased) = (0, 0)
                for _ in 0..<40 {
                    let job = try await store.submit(SampleJobs.submission(at: start)).job
                    let claim = try #require(
                        try await store.claim(ClaimRequest(worker: "w", only: [job.id], time: start)).first
                    ).claim
                    let failure = JobFailure(code: "unlucky", message: "No.", isRetryable: true)
                    _ = try await store.settle(claim, as: .failed(failure, deadLetter: true), at: start)
                    async let retrying = try? other.retry(job.id, at: start)
                    async let erasing = try? store.eraseExpired(at: late, limit: 10)
                    _ = await (retrying, erasing)
                    let after = try await store.job(job.id)
                    let input = try await store.input(of: job.id)
                    if after?.state == .queued { retried += 1 } else { erased += 1 }
                    #expect((after?.state == .queued) == (input != nil))
                    #expect((after == nil) == (input == nil))
                    _ = try? await store.cancel(job.id, at: start)
                }
                #expect(retried + erased == 40)
            }
        }

        @Test func completionAgainstExpiry_isDecidedOnce() async throws {
            try await withTwoDatabases { first, second in
                let (store, other) = (SQLJobStore(first), SQLJobStore(second))
                for _ in 0..<30 {
                    _ = try await store.submit(SampleJobs.submission(at: start))
                    let claim = try #require(try await store.claim(ClaimRequest(worker: "w", time: start)).first).claim
                    let late = start + .seconds(60)
                    let failure = JobFailure.leaseLost
                    async let completing = store.settle(claim, as: .completed(result: "{}"), at: late)
                    async let expiring = other.settle(
                        claim,
                        as: .givenUp(before: late, failure),
                        at: late
                    )
                    let outcomes = try await [completing, expiring]
                    #expect(outcomes.count { $0 == .lost } == 1)
                    let job = try #require(try await store.job(claim.jobID))
                    #expect((try await store.result(of: claim.jobID) != nil) == (job.state == .completed))
                }
            }
        }

        @Test func quotaChargedFromTwoProcesses_isNotExceeded() async throws {
            try await withTwoDatabases { first, second in
                let stores = [SQLIdentityStore(first), SQLIdentityStore(second)]
                let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<60 {
                        group.addTask {
                            try await stores[number % 2].charge(
                                User.localID,
                                month: "2026-11",
                                characters: 10,
                                requests: 1,
                                limit: 200
                            )
                        }
                    }
                    return try await group.reduce(into: 0) { if $1 { $0 += 1 } }
                }
                #expect(admitted == 20)
                #expect(try await stores[0].usage(of: User.localID, month: "2026-11").characters == 200)
            }
        }

        @Test func erasureAgainstCharges_leavesNoUsageBehind() async throws {
            try await withTwoDatabases { first, second in
                let (store, other) = (SQLIdentityStore(first), SQLIdentityStore(second))
                for round in 0..<20 {
                    let user = IdentitySamples.user("user\(round)")
                    try await store.insert(user, password: IdentitySamples.hash())
                    let erased = AuditEntry(
                        id: "erased\(round)",
                        time: user.createdAt,
                        actor: nil,
                        action: .userErased,
                        subject: user.id,
                        address: nil,
                        outcome: .succeeded
                    )
                    await withTaskGroup(of: Void.self) { group in
                        for _ in 0..<4 {
                            group.addTask {
                                _ = try? await other.charge(
                                    user.id,
                                    month: "2026-11",
                                    characters: 1,
                                    requests: 1,
                                    limit: nil
                                )
                            }
                        }
                        group.addTask { _ = try? await store.erase(user.id, recording: erased) }
                    }
                    #expect(try await store.user(user.id) == nil)
                    #expect(try await store.usage(of: user.id, month: "2026-11").requests == 0)
                }
            }
        }

        @Test func webhooks_areRecordedOnceAndClaimedByOne() async throws {
            try await withTwoDatabases { first, second in
                let time = ManualTime()
                let jobs = SQLJobStore(first)
                for _ in 0..<50 {
                    var request = SampleJobs.request()
                    request.webhookURL = "https://example.org/hook"
                    let job = try await jobs.submit(SampleJobs.submission(request, at: start)).job
                    _ = try await jobs.cancel(job.id, at: start)
                }
                let stores = [first, second].map { WebhookStore($0, environment: time.environment) }
                // As a process of an earlier version leaves it.
                try await first.write { _ = try $0.execute("DELETE FROM webhook_deliveries") }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<6 { group.addTask { _ = try await stores[number % 2].recordMissed() } }
                    try await group.waitForAll()
                }
                #expect(try await stores[0].deliveries(ofOwner: nil, limit: 200).count == 50)
                let claimed = try await withThrowingTaskGroup(of: [WebhookStore.Claimed].self) { group in
                    for number in 0..<6 {
                        group.addTask {
                            var mine: [WebhookStore.Claimed] = []
                            let store = stores[number % 2]
                            while case let batch = try await store.claim(
                                ofOwner: "ada",
                                limit: 4,
                                lease: .seconds(60)
                            ), !batch.isEmpty {
                                mine += batch
                            }
                            return mine
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(claimed.count == 50 && Set(claimed.map(\.delivery.id)).count == 50)
                let delivery = try #require(claimed.first).delivery
                try await stores[0].settle(delivery, isDelivered: true, status: 204, problem: nil, retryAt: nil)
                let states = try await stores[1].deliveries(ofOwner: nil, limit: 200).map(\.state)
                #expect(states.count { $0 == .delivered } == 1)
            }
        }
    }
}
