internal import Environment
internal import Logging
internal import Synchronization

/// Asks the parts of the system whether they work, once a second at most, however many want to know.
///
/// A part that does not answer in time does not work, and is not asked again before it has answered: what hangs is neither
/// waited for nor piled up. Thread-safe.
final class HealthMonitor: Sendable {
    /// What a check said.
    struct Outcome: Sendable {
        var name: String
        var isEssential: Bool
        var isWorking: Bool
    }

    private struct State {
        var inquiry: (begun: Timestamp, answer: Task<[Outcome], Never>)?
        /// Checks that have not ended, by number.
        var underWay: Set<Int> = []
        /// Why a check that has ended failed, by its number; nil where it did not.
        var failures: [Int: String?] = [:]
    }

    /// How long an answer is good.
    private static let freshness = Duration.seconds(1)

    /// How long a check may take.
    private static let patience = Duration.seconds(2)

    private let checks: [HealthCheck]
    private let environment: ServiceEnvironment
    private let logger: Logger
    /// Of each check: a log gets a line when one begins to fail and when it works again.
    private let streaks: [FailureStreak]
    private let state = Mutex(State())

    init(_ checks: [HealthCheck], _ environment: ServiceEnvironment, _ logger: Logger) {
        self.checks = checks
        self.environment = environment
        self.logger = logger
        streaks = checks.map { _ in FailureStreak() }
    }

    /// In the order of the checks; as of a second ago or later.
    func outcomes() async -> [Outcome] {
        let now = environment.now()
        let answer = state.withLock { state in
            if let inquiry = state.inquiry, now >= inquiry.begun, now - inquiry.begun < Self.freshness {
                return inquiry.answer
            }
            // A task of its own: nobody who asks can end it for the others.
            let answer = Task { [previous = state.inquiry?.answer] in
                _ = await previous?.value
                return await inquire()
            }
            state.inquiry = (now, answer)
            return answer
        }
        return await answer.value
    }

    /// Asks all at once.
    private func inquire() async -> [Outcome] {
        await withTaskGroup(of: (Int, Bool).self) { group in
            for index in checks.indices { group.addTask { (index, await self.isWorking(index)) } }
            let working = await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            return checks.enumerated().map { index, check in
                Outcome(name: check.name, isEssential: check.isEssential, isWorking: working[index] ?? false)
            }
        }
    }

    private func isWorking(_ index: Int) async -> Bool {
        let failure = await failure(of: index)
        let name = Logger.MetadataValue.string(checks[index].name)
        // Why something does not work goes to the log only.
        if let failure {
            guard streaks[index].fail() else { return false }
            logger.warning("Not healthy", metadata: ["check": name, "error": .string(failure)])
        } else if streaks[index].succeed() {
            logger.notice("Healthy again", metadata: ["check": name])
        }
        return failure == nil
    }

    /// Why the part does not work; nil where it does.
    private func failure(of index: Int) async -> String? {
        let silence = "no answer within \(Self.patience)"
        let isFree = state.withLock { state in
            state.failures[index] = nil
            return state.underWay.insert(index).inserted
        }
        guard isFree else { return silence }
        let (check, ended) = (checks[index].check, Signal())
        let task = Task {
            var failure: String?
            do { try await check() } catch { failure = "\(error)" }
            state.withLock { [failure] state in
                state.underWay.remove(index)
                state.failures.updateValue(failure, forKey: index)
            }
            ended.raise()
        }
        await ended.wait(after: 0, upTo: Self.patience, environment: environment)
        if let failure = state.withLock({ $0.failures.removeValue(forKey: index) }) { return failure }
        task.cancel()
        return silence
    }
}
