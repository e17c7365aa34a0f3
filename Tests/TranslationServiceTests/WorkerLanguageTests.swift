import Contracts
import Environment
import Foundation
import JobSystem
import MachineTranslation
import Messaging
import Storage
import TemporaryFolders
import Testing
import TextAnalysis
import TranslationService

/// Workers with different models, and jobs whose language nobody named.
struct WorkerLanguageTests {
    private static let executors = TextExecutors(threads: 2)
    private static let french = "Les enfants sont allés à l'école ce matin et ils sont rentrés tard le soir."
    private static let spanish = "Los niños fueron a la escuela esta mañana y volvieron muy tarde a su casa."

    private let folder: TemporaryFolder
    private let database: SQLiteDatabase
    private let store: SQLJobStore
    private let events = InProcessEventBus()
    private let queue: ClaimingJobQueue

    init() async throws {
        folder = try TemporaryFolder()
        database = try SQLiteDatabase(path: folder.path + "/db.sqlite")
        try await Migrator(Schema.migrations).migrate(database)
        store = SQLJobStore(database)
        queue = ClaimingJobQueue(store: store, wakeUp: InProcessWakeUp(environment: .live), environment: .live)
    }

    private static func service(_ languages: [String]) throws -> TranslationService {
        let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Models/lid176/lid.176.ftz").path
        return TranslationService(
            translators: SimulatedTranslatorSource(languages: languages, timePerWord: .zero) { _ in },
            cache: nil,
            detector: SourceLanguageDetector(try LanguageIdentifier(modelFile: models)),
            environment: .live,
            executors: executors
        )
    }

    /// Records a job as a server with these languages does.
    private func submit(_ texts: [String], to target: String, by service: TranslationService) async throws -> JobID {
        let request = TextRequest(texts: texts, isList: texts.count != 1, source: "auto", target: target)
        return try await submit(
            try await service.jobRequest(request, owner: "ada", priority: Priority(.standard), retention: .seconds(900))
        )
    }

    private func submit(_ request: JobRequest) async throws -> JobID {
        let submission = SampleJobs.submission(request, at: ServiceEnvironment.live.now())
        return try await store.submit(submission).job.id
    }

    /// A worker with these languages, which takes what they allow.
    private func worker(_ service: TranslationService, _ report: @escaping @Sendable (JobIncident) -> Void)
        -> WorkerLoop
    {
        var configuration = WorkerLoop.Configuration(name: "w-\(UUID())")
        configuration.languages = service.jobLanguages()
        return WorkerLoop(
            configuration,
            store: store,
            queue: queue,
            events: events,
            environment: .live,
            handler: TextJobHandler(service),
            report: report
        )
    }

    /// Lets a worker work until it has ended a job or given one back; how that job is then.
    private func next(of service: TranslationService) async throws -> Job {
        let (jobs, continuation) = AsyncStream.makeStream(of: Job.self)
        let worker = worker(service) { incident in
            switch incident {
            case .settled(let job, _, _), .handedBack(let job, _): continuation.yield(job)
            default: break
            }
        }
        async let running: Void = worker.run()
        var iterator = jobs.makeAsyncIterator()
        let job = await iterator.next()
        worker.stop()
        await running
        return try #require(job)
    }

    private func result(of id: JobID) async throws -> TextResult {
        try TextResult.decode(json: try #require(try await store.result(of: id)))
    }

    @Test func openSource_goesToTheWorkerThatCanDoIt() async throws {
        let (all, other) = (try Self.service(["en", "es", "fr"]), try Self.service(["en", "es"]))
        let french = try await submit([Self.french], to: "en", by: all)
        let spanish = try await submit([Self.spanish], to: "en", by: all)
        // The French job is due first, and this worker leaves it alone.
        #expect(try await next(of: other).id == spanish)
        #expect(try await store.job(french)?.attempt == 0)
        #expect(try await next(of: all).id == french)
        #expect(try await result(of: french).detectedLanguage == "fr")
        #expect(try await result(of: spanish).detectedLanguage == "es")
    }

    @Test func textsInSeveralLanguages_areGivenBackByWhoCannotDoAll() async throws {
        let (all, other) = (try Self.service(["en", "es", "fr"]), try Self.service(["en", "es"]))
        let id = try await submit([Self.spanish, Self.french], to: "en", by: all)
        let refused = try await next(of: other)
        #expect(refused.id == id && refused.state == .queued && refused.failures == 0)
        #expect(try await next(of: all).state == .completed)
        #expect(try await result(of: id).texts.map(\.detectedLanguage) == ["es", "fr"])
    }

    /// Records of versions that did not recognise languages when jobs were submitted, and kept codes as they were written.
    @Test func jobsOfEarlierVersions_areDoneByWhoCan() async throws {
        let (all, other) = (try Self.service(["en", "es", "fr"]), try Self.service(["en", "es"]))
        let request = TextRequest(texts: [Self.french], isList: false, source: "auto", target: "en")
        let open = try await submit(
            SampleJobs.request(
                languages: JobLanguages(source: "auto", target: "en"),
                payload: try request.json(),
                words: request.words
            )
        )
        let refused = try await next(of: other)
        #expect(refused.id == open && refused.state == .queued && refused.failures == 0)
        #expect(try await next(of: all).id == open)
        #expect(try await result(of: open).texts[0].text.hasPrefix("[en]"))

        let written = TextRequest(texts: ["Good morning."], isList: false, source: "EN", target: "ES")
        let odd = try await submit(
            SampleJobs.request(languages: JobLanguages(source: "EN", target: "ES"), payload: try written.json())
        )
        #expect(try await next(of: other).id == odd)
        #expect(try await result(of: odd).texts[0].text == "[es] morning. Good")
    }
}
