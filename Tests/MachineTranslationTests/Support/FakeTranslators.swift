import MachineTranslation
import Synchronization

/// Gives back what it is given.
struct IdentityTranslator: SegmentTranslator {
    /// Into a language that puts no spaces between sentences, so that nothing is inserted.
    var pair = LanguagePair(source: "en", target: "zh")

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        segments.map { SegmentTranslation(text: $0, confidence: 1) }
    }
}

/// Applies a function to each segment.
struct MappingTranslator: SegmentTranslator {
    var pair = LanguagePair(source: "en", target: "es")
    var map: @Sendable (String) -> SegmentTranslation

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        segments.map(map)
    }
}

/// A translator whose calls wait until the test lets them go on, in whichever order.
final class GatedTranslator: SegmentTranslator {
    let pair = LanguagePair(source: "en", target: "zh")
    private let state = Mutex(State())

    private struct State {
        var calls: [CheckedContinuation<Void, Never>?] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// How many calls have been made so far.
    var callCount: Int { state.withLock { $0.calls.count } }

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.calls.append(continuation)
                let count = state.calls.count
                let ready = state.watchers.filter { $0.count <= count }
                state.watchers.removeAll { $0.count <= count }
                return ready.map(\.continuation)
            }
            for watcher in ready { watcher.resume() }
        }
        return segments.map { SegmentTranslation(text: $0, confidence: 1) }
    }

    /// Returns once so many calls have been made.
    func waitForCalls(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.calls.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// Lets a call go on, by its number.
    func release(_ call: Int) {
        let continuation = state.withLock { state in
            defer { state.calls[call] = nil }
            return state.calls[call]
        }
        continuation?.resume()
    }
}
