import Foundation
import Synchronization
import Testing
import Threads

/// Threads as the system shows them.
@Suite(.timeLimit(.minutes(20)))
struct ThreadTests {
    /// What Linux says of the thread that asks.
    private struct Seen: Equatable {
        var name: String
        var niceness: Int

        static func here() -> Seen {
            let stat = (try? String(contentsOfFile: "/proc/thread-self/stat", encoding: .utf8)) ?? ""
            // The name is in parentheses and may have any character; the niceness is the 17th field behind it (proc(5)).
            let name = stat.drop { $0 != "(" }.dropFirst()
            let end = name.lastIndex(of: ")") ?? name.endIndex
            let fields = name[end...].dropFirst().split(separator: " ")
            return Seen(name: String(name[..<end]), niceness: fields.count > 16 ? Int(fields[16]) ?? -100 : -100)
        }
    }

    private static func seen(_ name: String, _ share: ProcessorShare) async -> Seen {
        await withCheckedContinuation { continuation in
            DedicatedThread.start(name, share: share) { continuation.resume(returning: Seen.here()) }
        }
    }

    #if os(Linux)
        @Test func threadsAreKnownByTheirNames() async {
            #expect(await Self.seen("first", .whole).name == "first")
            #expect(await Self.seen("second", .whatIsLeft).name == "second")
        }

        @Test func threadThatTakesWhatIsLeftStepsBackAlone() async {
            let before = await Self.seen("a", .whole)
            let nicer = await Self.seen("b", .whatIsLeft)
            let after = await Self.seen("c", .whole)
            #expect(nicer.niceness == min(before.niceness + 10, 19))
            #expect(after.niceness == before.niceness)
        }

        @Test func tasksRunOnTheThreadsOfTheirPool() async {
            let pool = ThreadPoolExecutor(name: "pool", threads: 2, share: .whatIsLeft)
            let usual = await Self.seen("a", .whole).niceness
            await withTaskExecutorPreference(pool) {
                for _ in 0..<20 {
                    let seen = Seen.here()
                    #expect(["pool-0", "pool-1"].contains(seen.name) && seen.niceness == min(usual + 10, 19))
                    await Task.yield()
                }
            }
        }
    #endif

    @Test func runReturnsOnceTheThreadHasEnded() async {
        let hasEnded = Flag()
        await DedicatedThread.run("brief", onCancel: {}) { hasEnded.value.store(true, ordering: .releasing) }
        let isOver = hasEnded.value.load(ordering: .acquiring)
        #expect(isOver)
    }

    @Test func cancellingTellsTheThread() async {
        let semaphore = DispatchSemaphore(value: 0)
        let task = Task {
            await DedicatedThread.run("waiting", onCancel: { semaphore.signal() }, { semaphore.wait() })
        }
        task.cancel()
        await task.value
    }
}

/// A flag that threads share.
private final class Flag: Sendable {
    let value = Atomic(false)
}
