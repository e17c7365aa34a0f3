import Foundation

/// What a server says when it is told to end, since ending may take a while.
enum Farewell {
    @Sendable static func say(jobs: Int, limit: Duration) {
        let seconds = limit.components.seconds
        let waiting =
            switch jobs {
            case 0: "Ending: requests in progress are answered, in \(seconds) s at most."
            case 1: "Ending: 1 job is finished or handed back, in \(seconds) s at most."
            default: "Ending: \(jobs) jobs are finished or handed back, in \(seconds) s at most."
            }
        print("\(waiting) Ctrl-C again ends at once; nothing that was accepted is lost.")
        fflush(nil)
    }
}
