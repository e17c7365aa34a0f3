internal import Foundation
internal import NIOCore
internal import Synchronization

/// The paths of accepted jobs.
final class PathList: Sendable {
    private let paths = Mutex<[String]>([])

    var all: [String] { paths.withLock { $0 } }

    /// Takes the job's name from an answer.
    func add(_ answer: Answer) {
        guard let job = try? JSONDecoder().decode(API.Submitted.self, from: Data(answer.body.readableBytesView)) else {
            return
        }
        paths.withLock { $0.append("/api/v1/translations/\(job.job_id)") }
    }
}
