internal import Environment
internal import Foundation
package import JobSystem
internal import MachineTranslation
internal import Synchronization

/// Does the jobs of the kind `text`.
package struct TextJobHandler: JobHandler {
    private let service: TranslationService
    private let failures: SimulatedFailures?

    /// - Parameter failures: failures to be made up, for tests and demonstrations.
    package init(_ service: TranslationService, failures: SimulatedFailures? = nil) {
        self.service = service
        self.failures = failures
    }

    package func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
        try await working(on: job) {
            let request: TextRequest
            do {
                request = try TextRequest.decode(json: job.input.payload)
            } catch let error as TranslationServiceError {
                throw JobFailure(code: error.code.rawValue, message: error.message, isRetryable: false)
            }
            return try await translate(request, job, reporting: reporter).json()
        }
    }

    /// Does the work of a job on the threads for it.
    func working<T>(on job: ClaimedJob, _ work: () async throws -> T) async rethrows -> T {
        try await withTaskExecutorPreference(service.executors.executor(for: WorkOrder(job.job)), operation: work)
    }

    /// Translates on behalf of a job, and reports every finished segment. To be called while `working(on:)` the job.
    /// - Throws: `JobFailure`, or whatever is no fault of the request.
    func translate(_ request: TextRequest, _ job: ClaimedJob, reporting reporter: JobReporter) async throws
        -> TextResult
    {
        try await failures?.strike(job)
        let total = service.segmentCount(of: request)
        let done = Mutex(0)
        let order = WorkOrder(job.job)
        do {
            return try await service.translate(request, order) { finished in
                let count = done.withLock { done in
                    done += 1
                    return done
                }
                let segment = JobSegment(index: count - 1, payload: SegmentPayload(finished).json)
                await reporter.report(done: count, of: max(total, count), segment: segment)
            }
        } catch {
            throw failure(error)
        }
    }

    /// How an error of the engine ends an attempt.
    private func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as TranslationServiceError:
            let isRetryable = error.code == .overloaded || error.code == .unavailable
            return JobFailure(code: error.code.rawValue, message: error.message, isRetryable: isRetryable)
        case let error as MachineTranslationError where error.code == .unknownLanguage:
            // The model went away since the job was accepted; another worker may have it.
            return JobFailure(code: "model_missing", message: error.message, isRetryable: true)
        default:
            return error
        }
    }
}

extension WorkOrder {
    fileprivate init(_ job: Job) {
        self.init(due: job.dueAt, isUrgent: job.priority.priorityClass == .critical, owner: job.owner)
    }
}

/// A finished segment as followers see it.
private struct SegmentPayload: Codable {
    var item: Int
    var source: [Int]
    var target: [Int]
    var text: String
    var confidence: Double
    var cached: Bool

    init(_ finished: TranslationService.FinishedSegment) {
        item = finished.text
        source = [finished.segment.source.lowerBound, finished.segment.source.upperBound]
        target = [finished.segment.target.lowerBound, finished.segment.target.upperBound]
        text = finished.translation
        confidence = finished.segment.confidence
        cached = finished.segment.isCached
    }

    /// Encoding numbers and strings cannot fail.
    var json: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}" }
}
