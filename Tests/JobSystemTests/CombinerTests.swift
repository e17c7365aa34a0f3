import Environment
import Synchronization
import Testing

/// Calls that come while another is carried out go together.
@Suite(.timeLimit(.minutes(20)))
struct CombinerTests {
    private struct Refused: Error {}

    /// What was done, and a door that whoever acts waits at.
    private final class Acts: Sendable {
        private let log = Mutex<[String]>([])
        private let isOpen = Mutex(false)
        private let changed = Signal()

        var entries: [String] { log.withLock { $0 } }

        func note(_ entry: String) async {
            log.withLock { $0.append(entry) }
            changed.raise()
            await wait { self.isOpen.withLock { $0 } }
        }

        func open() {
            isOpen.withLock { $0 = true }
            changed.raise()
        }

        func untilSomebodyActs() async { await wait { !self.entries.isEmpty } }

        private func wait(until isSo: () -> Bool) async {
            while true {
                let ticket = changed.ticket
                if isSo() { return }
                await changed.wait(after: ticket)
            }
        }
    }

    private typealias TestCombiner = Combiner<String, Int, Int>

    private static func combiner(
        _ acts: Acts,
        most: Int = 100,
        together: @escaping @Sendable ([Int]) throws -> [Int]? = { $0.map { $0 * 10 } }
    ) -> TestCombiner {
        Combiner(most: most) { key, items in
            await acts.note("\(key): \(items.count)")
            return try together(items)
        } alone: { key, item in
            await acts.note("\(key): alone \(item)")
            if item < 0 { throw Refused() }
            return item * 10
        }
    }

    /// Has somebody act alone for "a", and others come meanwhile; then opens the door.
    /// - Returns: what the others got.
    private func results(_ combiner: TestCombiner, _ acts: Acts, _ others: [Int]) async throws
        -> [Result<Int, any Error>]
    {
        let first = Task { try await combiner.perform(0, for: "a") }
        await acts.untilSomebodyActs()
        var tasks: [Task<Int, any Error>] = []
        for (place, item) in others.enumerated() {
            tasks.append(Task { try await combiner.perform(item, for: "a") })
            // One after the other, so that their order is known.
            while combiner.waitingCount(for: "a") <= place { try await Task.sleep(for: .milliseconds(1)) }
        }
        acts.open()
        #expect(try await first.value == 0)
        var results: [Result<Int, any Error>] = []
        for task in tasks { results.append(await task.result) }
        #expect(combiner.waitingCount(for: "a") == 0)
        return results
    }

    @Test func callsThatComeMeanwhile_goTogetherAndEachGetsItsAnswer() async throws {
        let acts = Acts()
        let results = try await results(Self.combiner(acts), acts, Array(1...20))
        #expect(try results.map { try $0.get() } == (1...20).map { $0 * 10 })
        #expect(acts.entries == ["a: alone 0", "a: 20"])
    }

    @Test func moreThanMayGoTogether_goInGroupsInTheirOrder() async throws {
        let acts = Acts()
        let results = try await results(Self.combiner(acts, most: 4), acts, Array(1...9))
        #expect(try results.map { try $0.get() } == (1...9).map { $0 * 10 })
        #expect(acts.entries == ["a: alone 0", "a: 4", "a: 4", "a: alone 9"])
    }

    @Test func heavyOnes_goInSmallerGroupsAndTheHeaviestAlone() async throws {
        let acts = Acts()
        let combiner = TestCombiner(most: 100, heaviest: 10) {
            $0
        } together: { _, items in
            await acts.note("\(items)")
            return items
        } alone: { _, item in
            await acts.note("\(item)")
            return item
        }
        let results = try await results(combiner, acts, [4, 6, 1, 10, 99, .max, 3, 3])
        #expect(try results.map { try $0.get() } == [4, 6, 1, 10, 99, .max, 3, 3])
        #expect(acts.entries == ["0", "[4, 6]", "1", "10", "99", "\(Int.max)", "[3, 3]"])
    }

    @Test func whatCannotGoTogether_goesAloneAndEachGetsItsOwnError() async throws {
        let acts = Acts()
        let results = try await results(Self.combiner(acts) { $0.contains { $0 < 0 } ? nil : $0 }, acts, [1, -2, 3])
        #expect(try results[0].get() == 10)
        #expect(throws: Refused.self) { try results[1].get() }
        #expect(try results[2].get() == 30)
        #expect(Set(acts.entries) == ["a: alone 0", "a: 3", "a: alone 1", "a: alone -2", "a: alone 3"])
    }

    @Test func errorOfAGroup_isEverybodysAndNobodyTriesAgain() async throws {
        let acts = Acts()
        let results = try await results(Self.combiner(acts) { _ in throw Refused() }, acts, [1, 2, 3])
        for result in results { #expect(throws: Refused.self) { try result.get() } }
        #expect(acts.entries == ["a: alone 0", "a: 3"])
    }

    @Test func anotherKey_waitsForNobody() async throws {
        let acts = Acts()
        let combiner = Self.combiner(acts)
        let first = Task { try await combiner.perform(0, for: "a") }
        await acts.untilSomebodyActs()
        let other = Task { try await combiner.perform(1, for: "b") }
        while acts.entries.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(acts.entries == ["a: alone 0", "b: alone 1"])
        acts.open()
        #expect(try await first.value == 0)
        #expect(try await other.value == 10)
    }

    @Test func leaderThatIsCancelled_takesNobodyAlong() async throws {
        let combiner = TestCombiner(most: 100) { _, items in
            try await Task.sleep(for: .milliseconds(2))
            return items
        } alone: { _, item in
            try? await Task.sleep(for: .milliseconds(2))
            return item
        }
        for _ in 0..<20 {
            let tasks = (0..<12).map { item in Task { try await combiner.perform(item, for: "a") } }
            for task in tasks.prefix(8) { task.cancel() }
            for (item, task) in tasks.enumerated().dropFirst(8) { #expect(try await task.value == item) }
            for task in tasks { _ = await task.result }
        }
    }

    @Test func manyThreads_haveEachCallDoneOnce() async throws {
        let done = Mutex<[Int]>([])
        let combiner = TestCombiner(most: 7) { _, items in
            if items.contains(where: { $0 % 97 == 0 }) { return nil }
            await Task.yield()
            done.withLock { $0 += items }
            return items.map { $0 + 1 }
        } alone: { _, item in
            done.withLock { $0.append(item) }
            return item + 1
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in 0..<10_000 {
                group.addTask {
                    let answer = try await combiner.perform(item, for: "\(item % 3)")
                    #expect(answer == item + 1)
                }
            }
            try await group.waitForAll()
        }
        #expect(done.withLock { $0.sorted() } == Array(0..<10_000))
    }
}
