internal import Environment
internal import Foundation
package import JobSystem
internal import MachineTranslation
internal import Synchronization

/// Does the jobs of the kind `text`.
package struct TextJobHandler: JobHandler {
    private let service: TranslationService
    private let patience: AttemptPatience
    private let failures: SimulatedFailures?

    /// - Parameters:
    ///   - patience: how long an attempt may go without a finished segment.
    ///   - failures: failures to be made up, for tests and demonstrations.
    package init(
        _ service: TranslationService,
        patience: AttemptPatience = AttemptPatience(),
        failures: SimulatedFailures? = nil
    ) {
        self.service = service
        self.patience = patience
        self.failures = failures
    }

    package func longestSilence(of job: Job) -> Duration { patience.longestSilence(of: job) }

    package func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
        try await working(on: job) {
            let request: TextRequest
            do {
                request = try TextRequest.decode(json: job.input.payload)
            } catch let error as TranslationServiceError {
                throw JobFailure(code: error.code.rawValue, message: error.message, isRetryable: false)
            }
            return try await translate(try prepared(request), job, reporting: reporter).json()
        }
    }

    /// The request as the models here have it: its languages in their codes, as earlier versions recorded what people
    /// wrote, and those that were left open recognised. To be called while `working(on:)` the job.
    /// - Throws: `JobFailure`; `JobRefusal` for a text in a language that nobody named and nothing here translates.
    func prepared(_ request: TextRequest) throws -> TextRequest {
        do {
            return try service.prepared(request)
        } catch let error as TranslationServiceError {
            let isMissing = error.code == .unknownLanguage || error.code == .impossiblePair
            guard isMissing else { throw failure(error) }
            // Another worker may have the model, or had it when the job was accepted.
            let failure = JobFailure(code: "model_missing", message: error.message, isRetryable: true)
            throw request.source == TextRequest.anySource ? JobRefusal(failure) : failure
        }
    }

    /// Does the work of a job on the threads for it.
    func working<T>(on job: ClaimedJob, _ work: () async throws -> T) async rethrows -> T {
        try await withTaskExecutorPreference(service.executors.executor(for: WorkOrder(job.job)), operation: work)
    }

    /// Translates a prepared request on behalf of a job, and reports every finished segment. To be called while
    /// `working(on:)` the job.
    /// - Throws: `JobFailure`, or whatever is no fault of the request.
    func translate(_ request: TextRequest, _ job: ClaimedJob, reporting reporter: JobReporter) async throws
        -> TextResult
    {
        try await failures?.strike(job)
        let total = try service.segmentCount(of: request)
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
