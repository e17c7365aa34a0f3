internal import Environment
internal import JobSystem
package import Storage
internal import Testing

/// What the registry of workers promises on every database. `registry` and `other` share their data; both are empty.
package struct WorkerRegistryContract: Sendable {
    let registry: SQLWorkerRegistry
    let other: SQLWorkerRegistry

    package init(registry: SQLWorkerRegistry, other: SQLWorkerRegistry) {
        self.registry = registry
        self.other = other
    }

    private static let start = ManualTime.start

    private static func worker(_ name: String, seenAt time: Timestamp = start) -> WorkerRecord {
        WorkerRecord(
            name: name,
            classes: [.critical, .standard],
            languages: [JobLanguages(source: "en", target: "es"), JobLanguages(source: "zh-Hant", target: "hi")],
            concurrency: 4,
            runningJobs: 2,
            startedAt: start,
            seenAt: time
        )
    }

    package static let cases: [ContractCase<WorkerRegistryContract>] = [
        ContractCase("workers are read back whole, by name") { suite async throws in
            var any = worker("b")
            any.languages = nil
            try await suite.registry.announce(any)
            try await suite.other.announce(worker("a"))
            #expect(try await suite.other.workers(at: start) == [worker("a"), any])
        },
        ContractCase("a later word replaces the earlier") { suite async throws in
            try await suite.registry.announce(worker("a"))
            var busy = worker("a", seenAt: start + .seconds(5))
            busy.runningJobs = 4
            try await suite.other.announce(busy)
            #expect(try await suite.registry.workers(at: start + .seconds(5)) == [busy])
        },
        ContractCase("one that falls silent is left out, and forgotten at the next one's word") { suite async throws in
            try await suite.registry.announce(worker("silent"))
            let later = start + WorkerRecord.patience
            #expect(try await suite.other.workers(at: later).count == 1)
            #expect(try await suite.other.workers(at: later + .microseconds(1)).isEmpty)
            try await suite.other.announce(worker("b", seenAt: later + .seconds(1)))
            #expect(try await suite.registry.workers(at: start).map(\.name) == ["b"])
        },
        ContractCase("one that leaves is gone at once, the others stay") { suite async throws in
            try await suite.registry.announce(worker("a"))
            try await suite.registry.announce(worker("b"))
            try await suite.other.remove("a")
            try await suite.other.remove("never there")
            #expect(try await suite.registry.workers(at: start).map(\.name) == ["b"])
        },
    ]
}
