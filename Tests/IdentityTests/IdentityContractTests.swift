import Contracts
import Environment
import Identity
import Storage
import Testing

struct IdentityContractTests {
    @Test(arguments: IdentityStoreContract.cases)
    func sqlStore(_ promise: ContractCase<IdentityStoreContract>) async throws {
        try await withTemporaryFolder { folder in
            let first = try SQLiteDatabase(path: folder + "/db.sqlite")
            try await Migrator(Schema.migrations).migrate(first)
            let second = try SQLiteDatabase(path: folder + "/db.sqlite")
            let suite = IdentityStoreContract(store: SQLIdentityStore(first), other: SQLIdentityStore(second))
            try await promise.check(suite)
            try await first.close()
            try await second.close()
        }
    }

    @Test(arguments: RateLimiterContract.cases)
    func inProcessLimiter(_ promise: ContractCase<RateLimiterContract>) async throws {
        try await promise.check(RateLimiterContract(limiter: InProcessRateLimiter()))
    }

    @Test func manyKeysLeaveTheLimiterSmallAndABusyOneRemembered() async {
        let limiter = InProcessRateLimiter(capacity: 1000)
        for number in 0..<100_000 { _ = await limiter.take("\(number)", limit: 10, at: ManualTime.start) }
        #expect(limiter.count <= 1000)
        for _ in 0..<10 { _ = await limiter.take("busy", limit: 10, at: ManualTime.start) }
        for number in 0..<5_000 {
            _ = await limiter.take("\(number)", limit: 10, at: ManualTime.start)
            let decision = await limiter.take("busy", limit: 10, at: ManualTime.start)
            if decision.isAdmitted { Issue.record("The bucket in use was forgotten.") }
        }
    }
}
