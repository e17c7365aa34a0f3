internal import Environment
internal import Foundation
internal import JobSystem

/// The status of a job as a webhook tells it: no texts, as those are for whoever has credentials.
enum JobNews {
    private struct News: Encodable {
        struct Problem: Encodable {
            var code: String
            var message: String
        }

        var jobID: String
        var status: String
        var progress: Int
        var sourceLanguage: String
        var targetLanguage: String
        var priority: String
        var attempt: Int
        var createdAt: String
        var startedAt: String?
        var completedAt: String?
        var error: Problem?
    }

    /// The news of a job; nil if it is gone.
    static func json(of id: JobID, in store: any JobStore) async throws -> [UInt8]? {
        guard let job = try await store.job(id) else { return nil }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let news = News(
            jobID: job.id.text,
            status: job.state.rawValue.uppercased(),
            progress: job.state == .completed ? 100 : job.progress.percent,
            sourceLanguage: job.languages.source,
            targetLanguage: job.languages.target,
            priority: job.priority.priorityClass.rawValue,
            attempt: job.attempt,
            createdAt: text(job.submittedAt),
            startedAt: job.startedAt.map(text),
            completedAt: job.endedAt.map(text),
            error: job.state == .failed ? job.failure.map { News.Problem(code: $0.code, message: $0.message) } : nil
        )
        return Array(try encoder.encode(news))
    }

    private static func text(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
            .ISO8601Format(.init(includingFractionalSeconds: true))
    }
}
