import Blobs
import Testing

@Suite struct MarkupParserTests {
    @Test func elementsTextAndReferencesAreRead() throws {
        let text = """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment with <tags> -->
            <s:List xmlns:s="urn:x" other='a>b'>
              <Key>a&amp;b&lt;&gt;&quot;&apos;&#65;&#x42;&#x1F600;</Key>
              <Empty/><Empty a="/" /><With><![CDATA[<x>&amp;]]> tail</With ></s:List>

            """
        let root = try MarkupParser.parse(text.utf8)
        #expect(root.name == "List")
        #expect(root["Key"] == "a&b<>\"'AB😀")
        #expect(root.all("Empty").map(\.text) == ["", ""])
        #expect(root["With"] == "<x>&amp; tail")
        #expect(root["Absent"] == nil)
    }

    @Test(arguments: [
        "", " ", "text", "<", "<a", "<a>", "</a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a/>text", "text<a/>",
        "<a>&x;</a>",
        "<a>&", "<a>&amp</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&;</a>", "<a>&#-1;</a>",
        "<a b='</a>",
        "<a <b/></a>", "< a/>", "<a><![CDATA[</a>", "<!--", "<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<>",
        "</>",
        "<a>&#99999999999999999999;</a>", "{\"json\": true}",
    ])
    func whatIsNoXMLIsRefused(_ text: String) {
        #expect(throws: MarkupFailure.self) { try MarkupParser.parse(text.utf8) }
    }

    @Test(arguments: [[0xFF], [0x3C, 0x61, 0x3E, 0xC3, 0x3C, 0x2F, 0x61, 0x3E], [0x3C, 0xFF, 0x3E]] as [[UInt8]])
    func whatIsNoUTF8IsRefused(_ bytes: [UInt8]) {
        #expect(throws: MarkupFailure.self) { try MarkupParser.parse(bytes) }
    }

    @Test func depthAndNumberAreBounded() {
        let deep = String(repeating: "<a>", count: 100_000)
        #expect(throws: MarkupFailure("is too large")) { try MarkupParser.parse(deep.utf8) }
        let many = "<a>" + String(repeating: "<b/>", count: 60_000) + "</a>"
        #expect(throws: MarkupFailure("is too large")) { try MarkupParser.parse(many.utf8) }
    }

    @Test func everyDamageOfAnAnswerEndsInAnElementOrAnError() throws {
        let answer = Array("<?xml version=\"1.0\"?><R x='y'><K>a&amp;b</K><!-- c --><D><![CDATA[d]]></D><E/></R>".utf8)
        for place in answer.indices {
            _ = try? MarkupParser.parse(answer[..<place])
            for byte in [0, 0x21, 0x26, 0x2F, 0x3B, 0x3C, 0x3E, 0x5D, 0xFF] as [UInt8] {
                var damaged = answer
                damaged[place] = byte
                _ = try? MarkupParser.parse(damaged)
            }
        }
        #expect(try MarkupParser.parse(answer)["K"] == "a&b")
    }

    @Test func escapedTextComesBackAsItWas() throws {
        let text = "\"a\"&<b>'&amp;"
        #expect(try MarkupParser.parse("<a>\(MarkupElement.escaped(text))</a>".utf8).text == text)
    }
}
