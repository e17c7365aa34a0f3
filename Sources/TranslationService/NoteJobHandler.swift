internal import Foundation
package import JobSystem
package import Notes

/// Does the jobs that translate notes: like a text, and what comes out is written to the note.
package struct NoteJobHandler: JobHandler {
    private let texts: TextJobHandler
    private let notes: NoteService

    package init(_ texts: TextJobHandler, notes: NoteService) {
        self.texts = texts
        self.notes = notes
    }

    package func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
        guard let note = try? JSONDecoder().decode(NoteJob.self, from: Data(job.input.payload.utf8)) else {
            throw JobFailure(code: "invalid_request", message: "The job's payload is no note.", isRetryable: false)
        }
        return try await texts.working(on: job) { try await translate(note, job, reporting: reporter).json() }
    }

    package func longestSilence(of job: Job) -> Duration { texts.longestSilence(of: job) }

    private func translate(_ note: NoteJob, _ job: ClaimedJob, reporting reporter: JobReporter) async throws
        -> TextResult
    {
        let request = try texts.prepared(
            TextRequest(
                texts: [note.text],
                isList: false,
                source: job.job.languages.source,
                target: job.job.languages.target
            )
        )
        let result = try await texts.translate(request, job, reporting: reporter)
        do {
            try await notes.recordTranslation(
                note,
                owner: job.job.owner,
                language: request.target,
                text: result.texts.first?.text ?? "",
                jobID: job.job.id
            )
        } catch let error as NoteError where error.code == .tooLarge || error.code == .invalid {
            throw JobFailure(code: error.code.rawValue, message: error.message, isRetryable: false)
        }
        return result
    }
}
