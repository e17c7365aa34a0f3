import Contracts
import Identity
import Notes
import Redis
import Testing

extension RedisTests {
    /// What every implementation promises, on Redis.
    @Suite struct ContractTests {
        @Test(arguments: EventBusContract.cases)
        func eventBus(_ promise: ContractCase<EventBusContract>) async throws {
            let client = try TestServer.client(TestServer.prefix())
            let bus = RedisEventBus(client, capacity: 4)
            try await running([client]) { try await promise.check(EventBusContract(bus: bus, capacity: 4)) }
        }

        @Test(arguments: EventBusContract.cases)
        func eventBusWithoutServer(_ promise: ContractCase<EventBusContract>) async throws {
            let bus = RedisEventBus(try TestServer.client(TestServer.prefix()), capacity: 4)
            try await promise.check(EventBusContract(bus: bus, capacity: 4))
        }

        @Test(arguments: RateLimiterContract.cases)
        func rateLimiter(_ promise: ContractCase<RateLimiterContract>) async throws {
            try await withClients(1) { clients in
                try await promise.check(RateLimiterContract(limiter: RedisRateLimiter(clients[0])))
                #expect(try await !keys(of: clients[0]).isEmpty)
            }
        }

        @Test(arguments: RateLimiterContract.cases)
        func rateLimiterWithoutServer(_ promise: ContractCase<RateLimiterContract>) async throws {
            let client = try TestServer.client(TestServer.prefix())
            try await promise.check(RateLimiterContract(limiter: RedisRateLimiter(client)))
        }

        @Test(arguments: TicketLedgerContract.cases)
        func ticketLedger(_ promise: ContractCase<TicketLedgerContract>) async throws {
            try await withClients(2) { clients in
                let (ledger, other) = (RedisTicketLedger(clients[0]), RedisTicketLedger(clients[1]))
                try await promise.check(TicketLedgerContract(ledger: ledger, other: other, userID: "user_ada"))
                #expect(try await !keys(of: clients[0]).isEmpty)
                try await letTimePass(.seconds(91), on: clients[0])
                #expect(try await keys(of: clients[0]).isEmpty)
            }
        }

        /// While Redis is away, each process counts for itself.
        @Test(arguments: TicketLedgerContract.cases)
        func ticketLedgerWithoutServer(_ promise: ContractCase<TicketLedgerContract>) async throws {
            let ledger = RedisTicketLedger(try TestServer.client(TestServer.prefix()))
            try await promise.check(TicketLedgerContract(ledger: ledger, other: ledger, userID: "user_ada"))
        }

        @Test(arguments: KeyValueCacheContract.cases)
        func cache(_ promise: ContractCase<KeyValueCacheContract>) async throws {
            try await withClients(1) { clients in
                let suite = KeyValueCacheContract(cache: RedisCache(clients[0])) { span in
                    do { try await letTimePass(span, on: clients[0]) } catch { Issue.record(error) }
                }
                try await promise.check(suite)
            }
        }
    }
}
