import Contracts
import Environment
import Identity
import JobSystem
import Messaging
import Notes
import PostgreSQL
import Storage
import Testing

extension PostgresTests {
    /// What every implementation promises, on PostgreSQL.
    @Suite struct ContractTests {
        @Test(arguments: DatabaseContract.cases)
        func database(_ promise: ContractCase<DatabaseContract>) async throws {
            try await withTwoDatabases(isMigrated: false) { first, second in
                try await promise.check(DatabaseContract(database: first, other: second))
            }
        }

        @Test(arguments: JobStoreContract.cases)
        func jobStore(_ promise: ContractCase<JobStoreContract>) async throws {
            try await withTwoDatabases { first, second in
                try await promise.check(JobStoreContract(store: SQLJobStore(first), other: SQLJobStore(second)))
            }
        }

        @Test func databaseInTheMiddleOfItsWork_goesOn() async throws {
            try await withTwoDatabases(isMigrated: false) { database, _ in
                try await UpgradeContract(database).check()
            }
        }

        @Test(arguments: IdentityStoreContract.cases)
        func identityStore(_ promise: ContractCase<IdentityStoreContract>) async throws {
            try await withTwoDatabases { first, second in
                let suite = IdentityStoreContract(store: SQLIdentityStore(first), other: SQLIdentityStore(second))
                try await promise.check(suite)
            }
        }

        @Test(arguments: TicketLedgerContract.cases)
        func ticketLedger(_ promise: ContractCase<TicketLedgerContract>) async throws {
            try await withTwoDatabases { first, second in
                let user = IdentitySamples.user()
                try await SQLIdentityStore(first).insert(user, password: IdentitySamples.hash())
                let (ledger, other) = (SQLTicketLedger(first), SQLTicketLedger(second))
                try await promise.check(TicketLedgerContract(ledger: ledger, other: other, userID: user.id))
            }
        }

        @Test(arguments: NoteStoreContract.cases)
        func noteStore(_ promise: ContractCase<NoteStoreContract>) async throws {
            try await withTwoDatabases { first, second in
                try await promise.check(NoteStoreContract(store: SQLNoteStore(first), other: SQLNoteStore(second)))
            }
        }

        @Test(arguments: WorkerRegistryContract.cases)
        func workerRegistry(_ promise: ContractCase<WorkerRegistryContract>) async throws {
            try await withTwoDatabases { first, second in
                let suite = WorkerRegistryContract(
                    registry: SQLWorkerRegistry(first),
                    other: SQLWorkerRegistry(second)
                )
                try await promise.check(suite)
            }
        }

        @Test(arguments: JobQueueContract.cases)
        func queueWokenInProcess(_ promise: ContractCase<JobQueueContract>) async throws {
            try await withTwoDatabases { first, _ in
                let time = ManualTime()
                let store = SQLJobStore(first)
                let queue = ClaimingJobQueue(
                    store: store,
                    wakeUp: InProcessWakeUp(environment: time.environment),
                    environment: time.environment,
                    pollInterval: .seconds(1)
                )
                try await promise.check(JobQueueContract(queue: queue, store: store) { await time.pass() })
            }
        }
    }
}
