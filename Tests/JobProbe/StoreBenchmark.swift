import Contracts
import Environment
import Foundation
import JobSystem
import PostgreSQL
import Storage

/// How many jobs a second the store takes in, hands out and ends, with every commit flushed to the disk.
struct StoreBenchmark {
    /// A folder for SQLite files, or the address of PostgreSQL.
    let place: String

    func run() async throws {
        for concurrency in [1, 8, 64] {
            let isAddress = PostgresAddress.isAddress(place)
            let database = try ProbeParts(isAddress ? place : place + "/bench-\(concurrency).sqlite").database
            try await Migrator(Schema.migrations).migrate(database)
            let store = SQLJobStore(database)
            let count = concurrency == 1 ? 1000 : 8000
            let submits = try await rate(count, concurrency, "submit") { _ in
                _ = try await store.submit(SampleJobs.submission(at: .now()))
            }
            let works = try await rate(count, concurrency, "claim + complete") { number in
                let request = ClaimRequest(worker: "w\(number)", time: .now())
                guard let job = try await store.claim(request).first else { return }
                _ = try await store.settle(job.claim, as: .completed(result: "{}"), at: .now())
            }
            let batched = try await batchedRate(store, count, concurrency)
            JobProbe.say("concurrency \(concurrency): \(submits)/s submit, \(works)/s claim+complete one by one,")
            JobProbe.say("    \(batched)/s claim 16 + complete, together with submits")
            try await database.close()
        }
    }

    /// Runs `count` operations, `concurrency` at a time, and returns how many a second there were.
    private func rate(
        _ count: Int,
        _ concurrency: Int,
        _ name: String,
        _ operation: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Int {
        let clock = ContinuousClock()
        let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for lane in 0..<concurrency {
                group.addTask {
                    var latencies: [Duration] = []
                    for number in stride(from: lane, to: count, by: concurrency) {
                        latencies.append(try await clock.measure { try await operation(number) })
                    }
                    return latencies
                }
            }
            let begin = clock.now
            let all = try await group.reduce(into: []) { $0 += $1 }
            return (all.sorted(), clock.now - begin)
        }
        let p95 = latencies.0[latencies.0.count * 95 / 100]
        JobProbe.say("  \(name) at \(concurrency): p50 \(latencies.0[count / 2]), p95 \(p95)")
        return Int(Double(count) / (latencies.1 / .seconds(1)))
    }

    /// Jobs through the whole of their life: submitted by some while others claim 16 at a time and complete them.
    private func batchedRate(_ store: SQLJobStore, _ count: Int, _ concurrency: Int) async throws -> Int {
        let clock = ContinuousClock()
        let begin = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<concurrency {
                group.addTask {
                    for _ in stride(from: lane, to: count, by: concurrency) {
                        _ = try await store.submit(SampleJobs.submission(at: .now()))
                    }
                }
            }
            group.addTask { try await Self.work(store, until: count) }
            try await group.waitForAll()
        }
        return Int(Double(count) / ((clock.now - begin) / .seconds(1)))
    }

    private static func work(_ store: SQLJobStore, until count: Int) async throws {
        var done = 0
        while done < count {
            let jobs = try await store.claim(ClaimRequest(worker: "w", limit: 16, time: .now()))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for job in jobs {
                    group.addTask {
                        _ = try await store.settle(job.claim, as: .completed(result: "{}"), at: .now())
                    }
                }
                try await group.waitForAll()
            }
            done += jobs.count
        }
    }
}
