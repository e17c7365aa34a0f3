import Contracts
import Environment
import JobSystem
import Messaging
import Storage
import Testing

struct SQLiteContractTests {
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

    @Test(arguments: WorkerRegistryContract.cases)
    func workerRegistry(_ promise: ContractCase<WorkerRegistryContract>) async throws {
        try await withTwoDatabases { first, second in
            let suite = WorkerRegistryContract(registry: SQLWorkerRegistry(first), other: SQLWorkerRegistry(second))
            try await promise.check(suite)
        }
    }

    @Test(arguments: JobQueueContract.cases)
    func claimingQueue(_ promise: ContractCase<JobQueueContract>) async throws {
        try await withTwoDatabases { first, _ in
            let time = ManualTime()
            let store = SQLJobStore(first)
            let queue = ClaimingJobQueue(
                store: store,
                wakeUp: InProcessWakeUp(environment: time.environment),
                environment: time.environment,
                pollInterval: .seconds(1)
            )
            let suite = JobQueueContract(queue: queue, store: store) { await time.pass() }
            try await promise.check(suite)
        }
    }
}
