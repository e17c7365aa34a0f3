import Bootstrap
import Environment
import Identity
import JobSystem
import MachineTranslation
import Notes
import PostgreSQL
import RabbitMQ
import Redis
import TextAnalysis
import TranslationService
import WebServer
import Webhooks

/// Something that reads what strangers write. Running it on any text must neither trap nor take long.
struct Surface: Sendable {
    let name: String
    /// What is wrong with what became of an input; nil: nothing.
    let run: @Sendable (String) async throws -> String?

    static let all = [text, segments, html, json, addresses, queries, codes, settings]

    private static let service = TranslationService.identity(on: TextThread())

    /// The whole way of a text with a translator that returns its input.
    private static let text = Surface(name: "text") { input in
        guard !input.utf8.contains(0), input.contains(where: { !$0.isWhitespace }) else { return nil }
        let output = try await service.echo(input)
        return output.utf8.elementsEqual(input.utf8) ? nil : "it did not come out as it went in"
    }

    /// How a segment is cut for a model, and put together again.
    private static let segments = Surface(name: "segments") { input in
        for keepsSpansOutside in [false, true] {
            let plan = SegmentPlan(input, language: "en", keepsSpansOutside: keepsSpansOutside) { $0.utf8.count <= 60 }
            // Digits between two markers can look like a third; the segment is then translated with its spans outside.
            guard let whole = plan.assemble(plan.texts) else {
                if keepsSpansOutside { return "a span is lost" } else { continue }
            }
            guard whole.utf8.elementsEqual(input.utf8) else { return "the parts of the segment are not the segment" }
        }
        _ = OutputGuard(source: input).fault(in: String(input.dropFirst(3)))
        return nil
    }

    private static let html = Surface(name: "html") { input in
        let units = HTMLSegmenter(language: "de").units(of: input)
        guard units.map(\.text).joined().utf8.elementsEqual(input.utf8) else { return "the units are not the input" }
        let characters = HTMLCharacters(input)
        let once = HTMLCharacters(characters.encode(characters.plain))
        guard once.encode(once.plain) == characters.encode(characters.plain) else { return "it changes when repeated" }
        guard !input.utf8.contains(0), input.contains(where: { !$0.isWhitespace }) else { return nil }
        _ = try await service.echo(input, .html)
        return nil
    }

    private static let json = Surface(name: "json") { input in
        for text in [input, "{\"text\":\"\(input)\",\"format\":\"html\",\"alternatives\":1e1}", "[\(input)]"] {
            guard let value = try? JSONParser.parse(text.utf8) else { continue }
            guard try JSONParser.parse(value.encoded) == value else { return "what was written is not what was read" }
            guard case .object(let object) = value else { continue }
            var fields = JSONFields(object)
            _ = fields.strings("text", most: 100)
            _ = fields.word("format", ["text": 1, "html": 2])
            _ = fields.integer("alternatives", in: 0...8)
            _ = fields.optionalString("a", most: 35)
            try? fields.finish()
        }
        return nil
    }

    private static let addresses = Surface(name: "addresses") { input in
        for (scheme, text) in [("", input), ("://", input), ("://h/", input), ("://u:p@", input), ("s://", input)] {
            _ = try? PostgresAddress("postgres\(scheme)\(text)")
            _ = try? RedisAddress("redis\(scheme)\(text)")
            _ = try? RabbitMQAddress("amqp\(scheme)\(text)")
            _ = try? WebhookAddress.check("http\(scheme)\(text)", allowsPrivate: false)
        }
        _ = AddressRange(input)?.contains("10.0.0.1")
        _ = AddressRange("10.0.0.0/8")?.contains(input)
        _ = LoopbackName.isLoopback(authority: input)
        return nil
    }

    private static let queries = Surface(name: "queries") { input in
        _ = try? QueryParameters(input, known: ["a", "limit"])
        _ = try? QueryParameters("limit=\(input)", known: ["limit"]).integer("limit", in: 1...200)
        _ = PercentEncoding.decode(input)
        _ = PreferHeader.wait(["wait=\(input)", input], limit: .seconds(30))
        _ = Timestamp(rfc3339: input)
        _ = JobEventID(text: input)
        _ = (JobCursor(text: input), NoteCursor(text: input), ListCursor(text: input))
        _ = (JobID(input), NoteID(input), PasswordHash(text: input))
        _ = try? EmailAddress.normalised(input)
        _ = NearestName.suggestion(for: input, among: ["text", "source_language"])
        return input.shortened.unicodeScalars.count <= 65 ? nil : "what is shown is not short"
    }

    private static let languages = LanguageTable(
        pairs: [.init(source: "en", target: "pt-BR"), .init(source: "zh-Hant", target: "en")],
        pivots: ["en"]
    )

    private static let codes = Surface(name: "codes") { input in
        _ = (languages.source(input), languages.target(input, from: "en"))
        _ = try? languages.pair(LanguagePair(source: input, target: "en"))
        _ = TextSegmenter.units(of: "A. \(input)", language: input) {}
        return languages.unknown(input, translatedFrom: true).message.utf8.count < 2_000 ? nil : "the message is long"
    }

    private static let settings = Surface(name: "settings") { input in
        let names = ["api_port", "body_memory", "shutdown_timeout", "trusted_proxies", "log_level", "worker_classes"]
        _ = try? await SettingValues(
            file: "/nonexistent",
            environment: ["DRAGOMAN_\(input)": "1", "DATABASE_URL": input],
            options: Dictionary(uniqueKeysWithValues: names.map { ($0, input) })
        )
        return nil
    }
}
