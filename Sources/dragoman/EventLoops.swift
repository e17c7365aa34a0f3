import Foundation
import NIOCore

/// How many threads wait for the network.
enum EventLoops {
    /// One for two cores, unless `NIO_SINGLETON_GROUP_LOOP_COUNT` says otherwise. A loop answers more requests than the
    /// engine has translations for; one that serves many connections wakes up less often for each and takes fewer caches
    /// from the engine's threads. To be called once, before anything uses the network.
    static func choose() {
        guard ProcessInfo.processInfo.environment["NIO_SINGLETON_GROUP_LOOP_COUNT"] == nil else { return }
        NIOSingletons.groupLoopCountSuggestion = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
    }
}
