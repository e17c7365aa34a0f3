import Contracts
import Environment
import JobSystem
import Testing

struct JobValueTests {
    @Test(
        arguments: [
            (0, "19700101"), (-1, "19691231"), (951_782_399_999_999, "20000228"), (951_782_400_000_000, "20000229"),
            (1_795_219_200_000_000, "20261121"), (4_107_542_399_999_999, "21000228"),
            (4_107_542_400_000_000, "21000301"),
            (1_798_761_599_999_999, "20261231"), (1_798_761_600_000_000, "20270101"),
        ] as [(Int64, String)]
    )
    func daysAreThoseOfTheCalendar(_ microseconds: Int64, _ day: String) {
        #expect(Timestamp(microseconds: microseconds).compactDay == day)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func timesSaturateInsteadOfTrapping(_ microseconds: Int64) {
        let time = Timestamp(microseconds: microseconds)
        for other in [Int64.min, -1, 0, 1, .max] {
            let span = time - Timestamp(microseconds: other)
            #expect((span >= .zero) == (microseconds >= other))
        }
        #expect(time + .seconds(Int64.max) >= time && time + .seconds(Int64.min) <= time)
        #expect(!time.compactDay.isEmpty)
    }

    @Test func idsNameTheDayAndAreReadBack() {
        let id = JobID(at: ManualTime.start) { .max }
        #expect(id.text == "trans_20261121_zzzzzzzzzzzzzzzz")
        #expect(JobID(id.text) == id)
        let time = ManualTime()
        let ids = Set((0..<1000).map { _ in JobID(at: time.now, random: time.random) })
        #expect(ids.count == 1000 && ids.allSatisfy { JobID($0.text) == $0 })
    }

    @Test(arguments: [
        "", "trans_", "trans_20261121_", "trans_20261121_zzzzzzzzzzzzzzz", "trans_20261121_zzzzzzzzzzzzzzzzz",
        "trans_20261121-zzzzzzzzzzzzzzzz", "trans_2026112x_zzzzzzzzzzzzzzzz", "trans_20261121_zzzzzzzzzzzzzzzi",
        "TRANS_20261121_zzzzzzzzzzzzzzzz", "trans_20261121_zzzzzzzzzzzzzz\0z", "trans_20261121_zzzzzzzzzzzzzzé",
        String(repeating: "trans_", count: 100_000),
    ])
    func otherTextsAreNoIds(_ text: String) { #expect(JobID(text) == nil) }

    @Test func cursorsAreReadBackAndOtherTextsRefused() {
        let cursor = JobCursor(time: ManualTime.start, id: JobID(at: ManualTime.start) { 5 })
        #expect(JobCursor(text: cursor.text) == cursor)
        for text in ["", ".", "1.2", "x.\(cursor.id)", "\(cursor.text).", String(repeating: "9", count: 99)] {
            #expect(JobCursor(text: text) == nil)
        }
    }

    /// A way to spoil a request.
    struct Flaw: Sendable {
        let field: String
        let code: JobError.Code
        let change: @Sendable (inout JobRequest) -> Void

        init(_ field: String, _ code: JobError.Code, _ change: @escaping @Sendable (inout JobRequest) -> Void) {
            self.field = field
            self.code = code
            self.change = change
        }
    }

    static let flaws: [Flaw] = [
        Flaw("owner", .invalid) { $0.owner = "" },
        Flaw("owner", .tooLarge) { $0.owner = String(repeating: "x", count: 129) },
        Flaw("owner", .invalid) { $0.owner = "a\0b" },
        Flaw("kind", .invalid) { $0.kind = "a\nb" },
        Flaw("source language", .tooLarge) { $0.languages.source = String(repeating: "x", count: 36) },
        Flaw("target language", .invalid) { $0.languages.target = "" },
        Flaw("webhook URL", .tooLarge) { $0.webhookURL = String(repeating: "x", count: 3000) },
        Flaw("idempotency key", .invalid) { $0.idempotencyKey = "" },
        Flaw("idempotency key", .tooLarge) { $0.idempotencyKey = String(repeating: "k", count: 256) },
        Flaw("input", .tooLarge) { $0.input.payload = String(repeating: "x", count: 9 << 20) },
        Flaw("input", .invalid) { $0.input.payload = "a\0b" },
        Flaw("metadata", .tooLarge) { $0.input.metadata = String(repeating: "x", count: 16_385) },
        Flaw("metadata", .invalid) { $0.input.metadata = "\0" },
        Flaw("segments", .invalid) { $0.segments = -1 },
        Flaw("words", .invalid) { $0.words = .max },
        Flaw("retention", .invalid) { $0.retention = .seconds(-1) },
        Flaw("retention", .invalid) { $0.retention = .seconds(Int64.max) },
    ]

    @Test(arguments: flaws)
    func badRequestsAreRefusedWithWords(_ flaw: Flaw) {
        var request = SampleJobs.request()
        #expect(throws: Never.self) { try request.validate(JobLimits()) }
        flaw.change(&request)
        let error = #expect(throws: JobError.self) { try request.validate(JobLimits()) }
        let message = error?.message ?? ""
        #expect(error?.code == flaw.code)
        #expect(message.contains(flaw.field) && message.contains("expected") && message.utf8.count < 400)
    }

    @Test func fingerprintsTellRequestsApart() {
        let request = SampleJobs.request()
        let changes: [@Sendable (inout JobRequest) -> Void] = [
            { $0.kind = "document" }, { $0.languages.source = "de" }, { $0.languages.target = "es" },
            { $0.input.payload = "{}" }, { $0.input.metadata = "{}" }, { $0.webhookURL = "https://example.org" },
            { $0.retention = .zero }, { $0.priority = Priority(.high) },
        ]
        let prints = changes.map { change in
            var changed = request
            change(&changed)
            return changed.fingerprint
        }
        #expect(Set(prints + [request.fingerprint]).count == changes.count + 1)
        #expect(SampleJobs.request(owner: "eve", key: "k").fingerprint == request.fingerprint)
    }

    @Test func failuresAreMadeFitToBeStored() {
        let failure = JobFailure(
            code: "",
            message: String(repeating: "\0é", count: 5000),
            isRetryable: true
        ).bounded
        #expect(failure.code == "internal" && failure.message == String(repeating: "é", count: 2000))
    }
}
