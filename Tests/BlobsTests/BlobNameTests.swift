import Blobs
import Testing

@Suite struct BlobNameTests {
    @Test(arguments: ["a", "0", "a/b", "jobs/0192f3/input.txt", "...", ".a", "a..b", "-", "_", "a/.../b"])
    func plainNamesAreTaken(_ text: String) throws {
        #expect(try BlobName(text).description == text)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "a/./b", "A", "ä", "a b", "a\0b", "a\nb",
        "a\\b",
        "a+b", "a%2fb", "a?b", "a#b", "~", "\u{202E}a", "é", "a/\u{0}", String(repeating: "a", count: 201),
        String(repeating: "a/", count: 256) + "a", String(repeating: "x", count: 100_000),
    ])
    func hostileNamesAreRefusedInWords(_ text: String) throws {
        let error = #expect(throws: BlobError.self) { try BlobName(text) }
        #expect(error?.code == .invalid)
        let message = try #require(error?.message)
        #expect(message.utf8.count < 1000 && message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202E })
    }

    @Test(arguments: ["", "a", "a/", "a/b", "..", ".", "a/.", String(repeating: "a", count: 200) + "/"])
    func beginningsOfNamesArePrefixes(_ text: String) throws {
        #expect(try BlobPrefix(text).description == text)
    }

    @Test(arguments: ["/", "//", "a//", "../", "./a", "A", " ", "a\0", "é", String(repeating: "a", count: 201)])
    func otherTextsAreNoPrefixes(_ text: String) {
        #expect(throws: BlobError.self) { try BlobPrefix(text) }
    }

    @Test(arguments: ["", " ", "a b", "é", "\n", String(repeating: "a", count: 2049)])
    func aCursorIsPrintable(_ text: String) {
        #expect(throws: BlobError.self) { try BlobCursor(text) }
    }

    @Test func namesAreOrderedByTheirBytes() throws {
        let names = try ["a0", "a/b", "a-b", "a", "a.b"].map { try BlobName($0) }
        #expect(names.sorted().map(\.description) == ["a", "a-b", "a.b", "a/b", "a0"])
    }
}
