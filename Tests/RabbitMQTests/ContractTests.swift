import Contracts
import Environment
import Foundation
import JobSystem
import PostgreSQL
import RabbitMQ
import Storage
import Testing

extension RabbitMQTests {
    /// What every queue promises, on RabbitMQ.
    @Suite struct ContractTests {
        private func queue(_ store: SQLJobStore, _ site: Site) throws -> RabbitMQJobQueue {
            try site.queue(store: store) {
                $0.pollInterval = .milliseconds(200)
                $0.sweepInterval = .milliseconds(500)
            }
        }

        @Test(arguments: JobQueueContract.cases)
        func queueOnSQLite(_ promise: ContractCase<JobQueueContract>) async throws {
            try await withSite { site in
                let queue = try queue(site.store, site)
                try await running(queue) {
                    try await promise.check(JobQueueContract(queue: queue, store: site.store) {})
                }
            }
        }

        @Test(arguments: JobQueueContract.cases)
        func queueWithoutABroker(_ promise: ContractCase<JobQueueContract>) async throws {
            try await withSite { site in
                let queue = try queue(site.store, site)
                try await promise.check(JobQueueContract(queue: queue, store: site.store) {})
            }
        }

        private static let postgres = ProcessInfo.processInfo.environment["TEST_POSTGRES_URL"]

        @Test(
            .enabled(if: postgres?.isEmpty == false, "TEST_POSTGRES_URL is not set: 'make test' starts a server."),
            arguments: JobQueueContract.cases
        )
        func queueOnPostgreSQL(_ promise: ContractCase<JobQueueContract>) async throws {
            try await withSite { site in
                let administrator = try database()
                try await administrator.write { connection in
                    try connection.execute("DROP SCHEMA IF EXISTS rabbitmq_tests CASCADE")
                    try connection.execute("CREATE SCHEMA rabbitmq_tests")
                }
                let database = try database(parameters: "?options=-csearch_path%3Drabbitmq_tests")
                try await Migrator(Schema.migrations).migrate(database)
                let store = SQLJobStore(database)
                let queue = try queue(store, site)
                try await running(queue) {
                    try await promise.check(JobQueueContract(queue: queue, store: store) {})
                }
                try await database.close()
                _ = try await administrator.write { try $0.execute("DROP SCHEMA rabbitmq_tests CASCADE") }
                try await administrator.close()
            }
        }

        private func database(parameters: String = "") throws -> PostgresDatabase {
            let url = try #require(Self.postgres)
            return PostgresDatabase(try PostgresAddress(url + parameters), logger: TestBroker.silent)
        }
    }
}
