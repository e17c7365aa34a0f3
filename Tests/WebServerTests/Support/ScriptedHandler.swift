import Contracts
import Environment
import Foundation
import JobSystem
import TextAnalysis
import TranslationService

/// The worker's handler for texts. The first word of a text decides what happens before: `never` fails for good, `always`
/// in a way that may pass, `hold` waits until `release` is called.
struct ScriptedHandler: JobHandler {
    let handler: TextJobHandler
    let time: ManualTime
    private let released = Signal()

    init(handler: TextJobHandler, time: ManualTime) {
        self.handler = handler
        self.time = time
    }

    func release() { released.raise() }

    func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
        let request = try TextRequest.decode(json: job.input.payload)
        switch request.texts.first?.split(separator: " ").first {
        case "hold":
            await released.wait(after: 0)
            try Task.checkCancellation()
        case "never": throw JobFailure(code: "impossible", message: "This can never work.", isRetryable: false)
        case "always": throw JobFailure(code: "unlucky", message: "This did not work.", isRetryable: true)
        default: break
        }
        time.advance(by: .milliseconds(5))
        return try await handler.handle(job, reporting: reporter)
    }
}

extension LanguageIdentifier {
    /// The model that the repository ships.
    static let shipped = Result {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let path = folder.appending(path: "../../../Models/lid176/lid.176.ftz").standardized.path
        return try LanguageIdentifier(modelFile: path)
    }
}
