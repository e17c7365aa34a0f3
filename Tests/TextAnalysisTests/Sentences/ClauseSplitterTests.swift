import Testing
import TextAnalysis

struct ClauseSplitterTests {
    @Test(arguments: [
        ("en", "I came home; she went out.", ["I came home; ", "she went out."]),
        ("en", "When he came, she was out.", ["When he came, ", "she was out."]),
        ("en", "She stayed at home because it rained", ["She stayed at home ", "because it rained"]),
        ("hi", "वह घर आया और मैं बाहर गया", ["वह घर आया ", "और मैं बाहर गया"]),
        ("zh", "我今天很高兴，因为天气好", ["我今天很高兴，", "因为天气好"]),
        ("de", "Er blieb zu Hause, weil es regnete.", ["Er blieb zu Hause, ", "weil es regnete."]),
        ("xx", "aaaa bbbb cccc", ["aaaa ", "bbbb cccc"]),
        ("en", "Fits.", ["Fits."]),
        ("en", "", []),
    ])
    func sentenceIsCutWhereItHurtsLeast(language: String, sentence: String, expected: [String]) {
        let limit = max(sentence.count - 4, 8)
        let pieces = ClauseSplitter.pieces(of: sentence, language: language) { $0.count <= limit }
        #expect(pieces.map(String.init) == expected)
    }

    @Test(arguments: [
        String(repeating: "a", count: 5_000), String(repeating: "word ", count: 1_000),
        String(repeating: ",", count: 3_000),
        String(repeating: "👩‍👩‍👧", count: 500), "e" + String(repeating: "\u{301}", count: 3_000),
        String(repeating: " ", count: 3_000),
        "a, " + String(repeating: "b", count: 3_000) + "; c", String(repeating: "字，", count: 1_000),
    ])
    func everyPieceFitsAndNothingIsLost(sentence: String) {
        let pieces = ClauseSplitter.pieces(of: sentence, language: "en") { $0.utf8.count <= 64 }
        #expect(pieces.allSatisfy { $0.utf8.count <= 64 && !$0.isEmpty })
        #expect(pieces.joined().utf8.elementsEqual(sentence.utf8))
    }

    @Test func charactersStayWholeIfTheyFit() {
        let pieces = ClauseSplitter.pieces(of: String(repeating: "👩‍👩‍👧", count: 10), language: "en") { $0.count <= 3 }
        #expect(pieces.allSatisfy { $0.allSatisfy { $0 == "👩‍👩‍👧" } })
    }

    @Test func scalarThatDoesNotFitComesOutAsItIs() {
        #expect(ClauseSplitter.pieces(of: "ab", language: "en") { _ in false } == ["a", "b"])
    }
}
