package import Environment
internal import Foundation
internal import JobSystem

/// Makes attempts fail, for tests and demonstrations: which ones, is decided by a seed, the job's input and the number of
/// the attempt, so that the same jobs fail in the same way again.
package struct SimulatedFailures: Sendable {
    /// How an attempt fails.
    package enum Kind: String, CaseIterable, Sendable {
        /// In a way that may pass.
        case retryable
        /// For good.
        case permanent
        /// Never ends, whoever tells it to.
        case hang
        /// Takes the whole process along, as a crash would.
        case crash
    }

    private let rate: Double
    private let kinds: [Kind]
    private let seed: UInt64
    private let poison: String
    private let environment: ServiceEnvironment

    /// - Parameters:
    ///   - rate: the share of attempts that fail, 0 to 1.
    ///   - poison: every attempt at a text that holds this takes the whole process along; empty: none does.
    package init(
        rate: Double,
        kinds: [Kind],
        seed: UInt64,
        poison: String = "",
        environment: ServiceEnvironment
    ) {
        self.rate = min(max(rate, 0), 1)
        self.kinds = kinds
        self.seed = seed
        self.poison = poison
        self.environment = environment
    }

    /// How this attempt fails; nil where it does not.
    package func kind(payload: String, attempt: Int) -> Kind? {
        if !poison.isEmpty, payload.contains(poison) { return .crash }
        guard !kinds.isEmpty else { return nil }
        var hash = StableHash()
        for field in [String(seed), payload, String(attempt)] { hash.add(field) }
        // The hash's digits as a number; its high half decides whether, its low half how.
        let bits = UInt64(hash.hexadecimal, radix: 16) ?? 0
        let mixed = (bits ^ (bits >> 31)) &* 0x9E37_79B9_7F4A_7C15
        guard Double(mixed >> 32) / Double(UInt32.max) < rate else { return nil }
        return kinds[Int(mixed & 0xffff_ffff) % kinds.count]
    }

    /// Fails, hangs or ends the process, if it is this attempt's turn.
    func strike(_ job: ClaimedJob) async throws {
        switch kind(payload: job.input.payload, attempt: job.job.attempt) {
        case nil: return
        case .retryable:
            throw JobFailure(
                code: "simulated",
                message: "The failure of this attempt was simulated.",
                isRetryable: true
            )
        case .permanent:
            throw JobFailure(code: "simulated", message: "The failure of this job was simulated.", isRetryable: false)
        case .hang:
            // The task within is another one, which nobody cancels.
            while true { await Task { try? await environment.sleep(.seconds(3600)) }.value }
        case .crash:
            kill(getpid(), SIGKILL)
        }
    }
}
