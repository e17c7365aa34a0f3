import Testing
import WebServer

struct JSONTests {
    static let values: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-12", -12), ("1.50e+3", .number("1.50e+3")),
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\ud83d\ude00""#, "é😀"),
        ("[]", []), ("[1, [2]]", [1, [2]]), ("{}", [:]), (#"{"a":{"b":[null]}}"#, ["a": ["b": [.null]]]),
        (#"{"a":1,"b":2,"a":3}"#, ["a": 3, "b": 2]), ("\t\r\n [ ] ", []), ("\"\u{7f}\u{2028}\"", "\u{7f}\u{2028}"),
    ]

    @Test(arguments: values)
    func jsonIsReadAndWrittenBack(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(text.utf8) == value)
        #expect(try JSONParser.parse(value.encoded) == value)
    }

    static let mistakes: [(String, Int)] = [
        ("", 0), (" ", 1), ("nul", 0), ("tru e", 0), ("01", 0), ("-01", 1), ("-", 1), ("1.", 2), ("1e", 2), ("+1", 0),
        (".5", 0), ("NaN", 0), ("\"", 1), ("\"\n\"", 1), (#""\x""#, 1), (#""\u12g4""#, 3), (#""\ud800""#, 1),
        (#""\udc00""#, 1), (#""\ud800\u0041""#, 1), ("[", 1), ("[1", 2), ("[1,]", 3), ("[1 2]", 3), ("{", 1),
        ("{a:1}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), ("1 1", 2), ("'a'", 0), ("/**/1", 0),
    ]

    @Test(arguments: mistakes)
    func mistakesAreFoundWhereTheyAre(_ text: String, _ offset: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text.utf8) }
        #expect(error?.offset == offset)
    }

    @Test func depthAndNumberOfValuesAreBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONParser.parse(nested(32).utf8)
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(33).utf8) }
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(1_000_000).utf8) }
        var limits = JSONLimits()
        limits.values = 3
        _ = try JSONParser.parse("[1,2]".utf8, limits: limits)
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse("[1,2,3]".utf8, limits: limits) }
    }

    /// Text that takes long to look up: marks that have to be brought into order first, in time that grows with their
    /// square.
    private static let marks = "a" + String(repeating: "\u{301}\u{316}", count: 500_000)

    @Test func longNamesAreRefusedBeforeTheyAreLookedUp() {
        let clock = ContinuousClock()
        let begin = clock.now
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse("{\"\(Self.marks)\":1}".utf8) }
        #expect(error?.offset == 1)
        #expect(clock.now - begin < .seconds(5))
    }

    @Test func longWordsAreNotLookedUp() {
        var fields = JSONFields(JSONObject([("format", .string(Self.marks))]))
        let clock = ContinuousClock()
        let begin = clock.now
        #expect(fields.word("format", ["text": 1, "html": 2]) == nil)
        #expect(throws: Problem.self) { try fields.finish() }
        #expect(clock.now - begin < .seconds(5))
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]] {
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes) }
        }
    }

    @Test func anyBytesEndInAValueOrAnError() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(#"{}[]":,\u0129eE+-.tfn a"#.utf8)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            #expect((try? JSONParser.parse(value.encoded)) == value)
        }
    }

    @Test func whatJSONCannotWriteBecomesNull() {
        #expect(JSONValue.decimal(.infinity) == .null && JSONValue.decimal(.nan) == .null)
        #expect(JSONValue.string("\u{0}\u{1f}").text == #""\u0000\u001f""#)
    }

    @Test func membersNobodyAskedForAreNamedWithTheNearestOne() {
        var fields = JSONFields(JSONObject([("nmae", "x"), ("size", 1)]))
        _ = fields.optionalString("name")
        let error = #expect(throws: Problem.self) { try fields.finish() }
        #expect(error?.errors.map(\.field) == ["nmae", "size"])
        #expect(error?.errors.first?.message.contains("Did you mean 'name'?") == true)
    }

    @Test(arguments: [
        ("title", "title"), ("tilte", "title"), ("titel", "title"), ("ttl", nil), ("colour", nil), ("txt", "text"),
        (String(repeating: "x", count: 10_000), nil),
    ])
    func nearestNameIsSuggestedOnlyWhereItIsNear(_ word: String, _ expected: String?) {
        #expect(NearestName.suggestion(for: word, among: ["title", "text", "metadata"]) == expected)
    }
}
