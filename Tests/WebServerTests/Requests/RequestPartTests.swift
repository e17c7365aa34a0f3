import Environment
import Testing
import WebServer

struct RequestPartTests {
    static let ranges: [(String, String, Bool)] = [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.168.1.7", "192.168.1.7", true),
        ("192.168.1.7", "192.168.1.8", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
        ("::1", "0:0:0:0:0:0:0:1", true),
        ("fd00::/8", "fdab::1", true), ("fd00::/8", "fe00::1", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
        ("10.0.0.0/8", "nonsense", false), ("10.0.0.0/8", "", false),
    ]

    @Test(arguments: ranges)
    func rangesContainTheirAddresses(_ range: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(arguments: [
        "", "10", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::1/129", ":::", "1::2::3",
        "12345::", "g::", "1:2:3:4:5:6:7:8:9", "localhost", "+1.0.0.0",
    ])
    func whatIsNoRangeIsRefused(_ text: String) { #expect(AddressRange(text) == nil) }

    static let clients: [(String, [String], String)] = [
        ("203.0.113.1", ["1.1.1.1"], "203.0.113.1"), ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"), ("10.0.0.1", ["6.6.6.6", "1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        ("10.0.0.1", ["1.1.1.1, nonsense"], "10.0.0.1"), ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ]

    @Test(arguments: clients)
    func clientIsTheNearestAddressThatIsNoTrustedProxy(_ peer: String, _ fields: [String], _ client: String) throws {
        let trusted = [try #require(AddressRange("10.0.0.0/8"))]
        #expect(ClientAddress.resolve(peer: peer, forwardedFor: fields, trusted: trusted) == client)
    }

    static let preferences: [([String], Duration?)] = [
        ([], nil), (["wait=10"], .seconds(10)), (["respond-async, wait=10"], .seconds(10)), (["WAIT = 5"], .seconds(5)),
        (["wait=\"7\""], .seconds(7)), (["wait=99999999999999"], .seconds(60)), (["wait=-1"], nil), (["wait"], nil),
        (["wait=x"], nil), (["handling=lenient", "wait=3; foo=bar"], .seconds(3)), (["wait=0"], .zero),
    ]

    @Test(arguments: preferences)
    func preferenceToWaitIsUnderstood(_ fields: [String], _ expected: Duration?) {
        #expect(PreferHeader.wait(fields, limit: .seconds(60)) == expected)
    }

    static let times: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000000Z"), (1_795_253_400_123_456, "2026-11-21T09:30:00.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
    ]

    @Test(arguments: times)
    func timesAreWrittenAndRead(_ microseconds: Int64, _ text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
        let read = Timestamp(rfc3339: text)
        // Read through a floating-point number of seconds.
        #expect(abs((read?.microseconds ?? .max) - microseconds) < 1000)
    }

    @Test(arguments: ["", "2026", "yesterday", "2026-11-21", String(repeating: "2", count: 1000)])
    func whatIsNoTimeIsRefused(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    static let encodings: [(String, String?)] = [
        ("a%20b", "a b"), ("a+b", "a b"), ("%E2%82%AC", "€"), ("%", nil), ("%2", nil), ("%zz", nil), ("%ff", nil),
        ("", ""),
    ]

    @Test(arguments: encodings)
    func percentEncodingIsUndone(_ text: String, _ expected: String?) {
        #expect(PercentEncoding.decode(text, plusIsSpace: true) == expected)
    }

    @Test func eventIDsAreOrderedByRevisionAndSegments() throws {
        let earlier = try #require(JobEventID(text: "3.2"))
        let later = try #require(JobEventID(text: "3.10"))
        let latest = try #require(JobEventID(text: "4.0"))
        #expect(later.covers(earlier) && !earlier.covers(later) && latest.covers(later) && later.covers(later))
        #expect(later.text == "3.10")
        for text in ["", "3", "3.x", "a.b", "1.2.3", "-.1"] { #expect(JobEventID(text: text) == nil) }
    }
}
