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
        var isOpen = false
        var calls: [CheckedContinuation<Void, Never>?] = []
        var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        await withCheckedContinuation { continuation in
            let ready: [CheckedContinuation<Void, Never>] = state.withLock { state in
                if state.isOpen { return [continuation] }
                state.calls.append(continuation)
                guard let watcher = state.watcher, watcher.count <= state.calls.count else { return [] }
                state.watcher = nil
                return [watcher.continuation]
            }
            for continuation in ready { continuation.resume() }
        }
        return segments.map { SegmentTranslation(text: $0, confidence: 1) }
    }

    /// Returns once so many calls wait or have waited.
    func waitForCalls(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.calls.count >= count { return true }
                state.watcher = (count, continuation)
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

    /// Lets all calls go on, those to come too.
    func open() {
        let waiting: [CheckedContinuation<Void, Never>?] = state.withLock { state in
            state.isOpen = true
            defer { state.calls = [] }
            return state.calls
        }
        for continuation in waiting { continuation?.resume() }
    }
}
