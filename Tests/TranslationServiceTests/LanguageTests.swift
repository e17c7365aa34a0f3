import Environment
import Foundation
import JobSystem
import MachineTranslation
import Testing
import TextAnalysis
import TranslationService

/// Languages of requests: as people write them, as the models do, and as they are recognised.
struct LanguageTests {
    private static let executors = TextExecutors(threads: 2)
    private static let identifier = Result {
        try LanguageIdentifier(
            modelFile: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("Models/lid176/lid.176.ftz").path
        )
    }

    private static func service(_ languages: [String] = ["en", "es", "pt-BR", "zh"]) throws -> TranslationService {
        TranslationService(
            translators: SimulatedTranslatorSource(languages: languages, timePerWord: .zero) { _ in },
            cache: nil,
            detector: SourceLanguageDetector(try identifier.get()),
            environment: .live,
            executors: executors
        )
    }

    private static func job(
        _ texts: [String],
        from source: String = "auto",
        to target: String = "en",
        by service: TranslationService
    ) async throws -> JobRequest {
        let request = TextRequest(texts: texts, isList: texts.count != 1, source: source, target: target)
        return try await service.jobRequest(request, owner: "ada", priority: Priority(.standard), retention: .zero)
    }

    private static let french = "Les enfants sont allés à l'école ce matin et ils sont rentrés tard le soir."
    private static let spanish = "Los niños fueron a la escuela esta mañana y volvieron muy tarde a su casa."
    private static let portuguese = "As crianças foram para a escola hoje de manhã e não voltaram para casa cedo."
    private static let english = "The children went to school this morning and came back late in the evening."

    // MARK: Codes

    @Test(arguments: [("EN", "es"), ("en-US", "es_MX"), ("eng", "ES"), ("en", "spa_Latn")])
    func codes_findWhatThereIs(source: String, target: String) async throws {
        let service = try Self.service()
        let request = TextRequest(texts: ["Good morning."], isList: false, source: source, target: target)
        #expect(try await service.translate(request, owner: "ada").texts[0].text == "[es] morning. Good")
        let checked = try service.check(request)
        #expect(checked.source == "en" && checked.target == "es")
        let job = try await Self.job(["Good morning."], from: source, to: target, by: service)
        #expect(job.languages == JobLanguages(source: "en", target: "es"))
    }

    @Test(arguments: [("pt-BR", "pt-BR"), ("pt", "pt-BR"), ("PT_pt", "pt-BR"), ("zh-TW", "zh"), ("AUTO", "auto")])
    func keptTexts_getTheCodesOfTheModels(wish: String, code: String) throws {
        #expect(try Self.service().recordedLanguage(wish) == code)
    }

    @Test func keptTexts_mayBeInLanguagesThatNothingTranslates_butNotInNone() throws {
        let service = try Self.service()
        #expect(try service.recordedLanguage("FR_ca") == "fr-CA")
        let error = #expect(throws: TranslationServiceError.self) { try service.recordedLanguage("spanish") }
        #expect(error?.code == .unknownLanguage)
        #expect(error?.message.contains("Did you mean 'es'?") == true)
    }

    // MARK: Recognised

    @Test func repeatedRequest_isTheSameWhateverIsRecognisedByThen() async throws {
        let request = TextRequest(texts: [Self.portuguese], isList: false, source: "auto", target: "en")
        var jobs: [JobRequest] = []
        for models in [["en", "pt"], ["en", "pt-BR"]] {
            let job = try await Self.service(models).jobRequest(
                request,
                owner: "ada",
                priority: Priority(.standard),
                idempotencyKey: "once",
                retention: .zero
            )
            jobs.append(job)
        }
        #expect(jobs[0].languages != jobs[1].languages)
        #expect(jobs[0].fingerprint == jobs[1].fingerprint)
    }

    @Test func openSource_isRecognisedWhenTheJobIsSubmitted() async throws {
        let service = try Self.service()
        let job = try await Self.job([Self.spanish, "42", Self.english], by: service)
        // What says nothing, and what is in the target already, goes with the rest.
        #expect(job.languages == JobLanguages(source: "es", target: "en"))
        let request = try TextRequest.decode(json: job.input.payload)
        #expect(request.source == "auto" && request.recognised == ["es", "es", "en"])
    }

    @Test func plainLanguage_isRecognisedAsTheOnesRegionThatThereIs() async throws {
        let job = try await Self.job([Self.portuguese], by: try Self.service())
        #expect(job.languages == JobLanguages(source: "pt-BR", target: "en"))
    }

    @Test func textsInSeveralLanguages_areLeftToWhoCanDoAll() async throws {
        let job = try await Self.job([Self.spanish, Self.portuguese], by: try Self.service())
        #expect(job.languages == JobLanguages(source: "auto", target: "en"))
        #expect(try TextRequest.decode(json: job.input.payload).recognised == ["es", "pt-BR"])
    }

    @Test func languageThatNothingTranslates_isNamedAndNotTakenForAnother() async throws {
        let service = try Self.service()
        let submitted = await #expect(throws: TranslationServiceError.self) {
            _ = try await Self.job([Self.french], by: service)
        }
        let translated = await #expect(throws: TranslationServiceError.self) {
            let request = TextRequest(texts: [Self.french], isList: false, source: "auto", target: "en")
            _ = try await service.translate(request, owner: "ada")
        }
        for error in [submitted, translated] {
            #expect(error?.code == .impossiblePair)
            #expect(error?.message.contains("This is French ('fr', ") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("no model translates from French to English") == true)
        }
        let list = await #expect(throws: TranslationServiceError.self) {
            _ = try await Self.job([Self.spanish, Self.french], by: service)
        }
        #expect(list?.message.contains("Text 2 of 2: This is French") == true)
        let russian = await #expect(throws: TranslationServiceError.self) {
            _ = try await Self.job(["Дети пошли сегодня утром в школу и вернулись поздно вечером."], by: service)
        }
        #expect(russian?.message.contains("This is Russian") == true)
        let chinese = await #expect(throws: TranslationServiceError.self) {
            _ = try await Self.job(["今天天气很好，我们去散步吧，然后回家吃饭。"], by: try Self.service(["en", "es"]))
        }
        #expect(chinese?.message.contains("This is Chinese") == true)
    }

    @Test func detection_namesTheCodesOfTheModels() async throws {
        #expect(try await Self.service().detect(Self.portuguese).first?.language == "pt-BR")
        // Shanghainese counts as Chinese where there is no other.
        let chinese = try await Self.service(["en", "zh-Hant"]).detect("今天天气很好，我们去散步吧，然后回家吃饭。")
        #expect(chinese.first?.language == "zh-Hant" && Set(chinese.map(\.language)).count == chinese.count)
    }

    // MARK: Many languages

    /// Real codes, so that texts can be recognised among them.
    private static let many = Array(
        """
        af am ar as az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja jv ka kk km \
        kn ko ky la lb lo lt lv mg mk ml mn mr ms mt my nb ne nl nn oc or pa pl ps pt qu ro ru sa sd sh si sk sl so sq sr su \
        sv sw ta te tg th tk tl tr tt ug uk ur uz vi wa xmf yi yo zh ceb ckb als arz
        """.split(separator: " ").map(String.init)
    )

    @Test func hundredLanguages_costNothingPerText() throws {
        #expect(Self.many.count >= 100)
        let many = try Self.service(Self.many)
        // Nothing of this waits for anybody, so that other tests change little about how long it takes.
        func time(_ work: () throws -> Void) rethrows -> Duration {
            try (0..<5).map { _ in try ContinuousClock().measure(work) }.min() ?? .zero
        }
        // Bounds for the slowest machine. Working out ten thousand pairs anew, for each of a hundred sources of every text,
        // takes many times as long on the fastest.
        let request = TextRequest(texts: ["Good morning."], isList: false, source: "EN", target: "es-MX")
        let checking = try time { for _ in 0..<100 { try many.check(request) } }
        #expect(checking < .milliseconds(500), "\(checking)")
        let table = SimulatedTranslatorSource(languages: Self.many, timePerWord: .zero) { _ in }.languages
        let detector = SourceLanguageDetector(try Self.identifier.get())
        let recognising = try time {
            for _ in 0..<10 { _ = try detector.source(of: Self.spanish, to: "en", in: table) }
        }
        #expect(recognising < .milliseconds(1_000), "\(recognising)")
        #expect(many.languages().count == Self.many.count)
        let listing = time { for _ in 0..<100 { _ = many.languages() } }
        #expect(listing < .milliseconds(200), "\(listing)")
        // Two blocks of codes, not ten thousand pairs: one for all sources, recognised ones included.
        #expect(many.jobLanguages().blocks.count <= 2)
    }
}
