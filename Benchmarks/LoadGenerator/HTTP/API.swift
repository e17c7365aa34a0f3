internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// The bodies of requests, and what is read of the answers.
enum API {
    struct Submitted: Decodable {
        var job_id: String
    }

    struct Job: Decodable {
        var status: String

        var hasEnded: Bool { ["COMPLETED", "FAILED", "CANCELLED"].contains(status) }
    }

    struct Translated: Decodable {
        var word_count: Int
    }

    struct Queue: Decodable {
        struct Class: Decodable {
            var waiting: Int
            var processing: Int
        }

        var classes: [String: Class]

        /// Jobs that have not ended.
        var unfinished: Int { classes.values.reduce(0) { $0 + $1.waiting + $1.processing } }
    }

    private struct TextBody: Encodable {
        var text: String
        var source_language = "en"
        var target_language = "es"
        var priority: String?
    }

    private struct ListBody: Encodable {
        var text: [String]
        var source_language = "en"
        var target_language = "es"
        var priority: String?
    }

    static func body(_ text: String, priority: String? = nil) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(TextBody(text: text, priority: priority)))
    }

    static func body(_ texts: [String], priority: String? = nil) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(ListBody(text: texts, priority: priority)))
    }
}

extension LoadClient {
    /// Submits a job and returns its path.
    func submit(_ body: ByteBuffer) async throws -> String {
        let job: API.Submitted = try await read(.POST, "/api/v1/translations", json: body)
        return "/api/v1/translations/\(job.job_id)"
    }

    /// Asks for a job until it has ended.
    func end(of path: String, every interval: Duration) async throws -> API.Job {
        while true {
            let job: API.Job = try await read(.GET, path)
            if job.hasEnded { return job }
            try await Task.sleep(for: interval)
        }
    }
}
