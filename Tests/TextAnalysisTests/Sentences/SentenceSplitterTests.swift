import Testing
import TextAnalysis

/// In the tables, `¦` stands where a sentence ends and the next begins; it is not part of the text.
struct SentenceSplitterTests {
    private static let english = [
        "Dr. Smith arrived.",
        "Dr. Smith arrived. ¦He was late.",
        "We say OK. ¦They left.",
        "Is it true? ¦Yes! ¦It is.",
        "No. 5 is alive. ¦No. ¦He is not.",
        "See p. 5 and Fig. 3 for more.",
        "J. R. R. Tolkien wrote it. ¦C. S. Lewis read it.",
        "Use a tool, e.g. a hammer, i.e. something hard.",
        "Use a tool, e.g. Python, to do it.",
        "The U.S. Army left. ¦They went to the U.S. ¦The war was over.",
        "He works for Apple Inc. in California. ¦She works for Smith & Co. ¦They met there.",
        "It starts at 5 p.m. on Monday. ¦It ends at 6 a.m. ¦We sleep.",
        "Mr. and Mrs. Jones came. ¦Prof. Lee stayed.",
        "He left in 1990. ¦25 years later he came back.",
        "It costs 3.50 dollars. ¦That is cheap.",
        "Apples, pears, etc. are fruit. ¦They bought apples, pears, etc. ¦Then they left.",
        "Wait... what? ¦I don't know.",
        "I... I don't know. ¦He left... ¦Nobody saw him.",
        "\"Stop!\" he said. ¦\"Why?\" she asked.",
        "He said, \"I am here.\" ¦Then he left.",
        "(He was late.) ¦She was not.",
        "It works (see chap. 4). ¦Try it.",
        "Visit https://example.com/?q=a.B for more. ¦It is free.",
        "Read `a. B` first. ¦Then write.",
        "The plan failed (...) but they went on.",
        "This is vitamin C. ¦It is healthy.",
        "George W. Bush won. ¦St. Louis lost.",
        "What?! ¦Are you sure?? ¦Yes.",
        "Version 1.2.3 is out. ¦Get v1.X now.",
        "He lived in Washington, D.C. ¦He liked it.",
        "Martin Luther King Jr. spoke. ¦Everyone listened.",
        "1. Open the door.",
        "He saw Gen. Grant and Sen. Lee in Jan. 1865.",
        "“I will go.” ¦“So will I.”",
        "She has a Ph.D. in law. ¦He has none.",
        "It was him vs. Goliath.",
        "Yahoo!s are people. ¦They live.",
        "Yahoo! and others came. ¦Hello! ¦how are you?",
    ]

    private static let spanish = [
        "El Sr. García llegó. ¦La Sra. López no.",
        "¿Cómo estás? ¦¡Muy bien! ¦¿Y tú?",
        "Vive en EE. UU. desde 1990. ¦Le gusta.",
        "Viajó a EE. UU. ¦Los niños se quedaron.",
        "Véase la pág. 5 y el núm. 3 del vol. 2.",
        "Compró fruta, p. ej. Manzanas Golden, y pan.",
        "Nació en el año 44 a. C. en Roma.",
        "Llegó a las 5 p. m. ¦Después se fue.",
        "El Dr. Pérez y la Dra. Ruiz vinieron. ¦Ud. no vino.",
        "La empresa Gómez S. A. cerró. ¦Nadie lo supo.",
        "Hay perros, gatos, etc. ¦También hay peces.",
        "D. José de San Martín murió. ¦Fue en Francia.",
        "Art. 12. ¦El Estado garantiza la paz.",
        "—Hola —dijo Ana. ¦—Adiós —dijo Luis.",
    ]

    private static let german = [
        "Am 3. Oktober feiern wir. ¦Es ist ein Feiertag.",
        "Das ist z. B. Wasser. ¦Es ist nass.",
        "Das gilt u. a. für Berlin, d. h. für alle.",
        "Im 19. Jahrhundert war das anders. ¦Heute nicht.",
        "Der 2. Weltkrieg endete 1945. ¦Danach war Frieden.",
        "Er ist 25. ¦Sie ist 30.",
        "Dr. Müller und Prof. Schmidt kamen. ¦Hr. Meier nicht.",
        "Siehe S. 5 und Nr. 7 sowie Abb. 3.",
        "Er kaufte Äpfel, Birnen usw. ¦Dann ging er.",
        "Das kostet ca. 5 Euro bzw. 6 Dollar.",
        "Papst Benedikt XVI. trat zurück. ¦Das war 2013.",
        "„Komm her!“, sagte er. ¦Sie kam.",
        "»Komm.« ¦Er ging.",
        "Caesar starb 44 v. Chr. in Rom. ¦Er war alt.",
        "Das kostet 5 Mio. Euro. ¦Wer zahlt das?",
        "Wir sind am 1. 5. 2020 gefahren. ¦Es war schön.",
    ]

    private static let french = [
        "M. Dupont est arrivé. ¦Mme Martin non.",
        "« Viens. » dit-il. ¦Elle vint.",
        "Bonjour ! ¦Ça va ?",
        "C’est J.-P. Sartre qui parle. ¦Il écrit.",
        "Voir p. 5 et n° 7. ¦C’est clair.",
        "Né en 44 av. J.-C. à Rome, il mourut jeune.",
        "Des fruits, p. ex. des pommes. ¦Il en mange.",
        "Le Dr Petit, Me Durand et Mgr. Blanc sont là.",
        "Il aime les chats, les chiens, etc. ¦Elle aussi.",
        "Elle dit : « Non ! » ¦Il partit.",
        "Les MM. Durand et Petit vinrent. ¦Ils partirent.",
    ]

    private static let hindi = [
        "यह एक वाक्य है। ¦यह दूसरा है।",
        "डॉ. शर्मा आए। ¦वे बैठ गए।",
        "श्री. वर्मा और प्रो. गुप्ता आए।",
        "ए. पी. जे. अब्दुल कलाम राष्ट्रपति थे। ¦वे वैज्ञानिक थे।",
        "क्या तुम ठीक हो? ¦हाँ! ¦मैं ठीक हूँ।",
        "यह अच्छा है. ¦वह बुरा है.",
        "रामचरितमानस॥ ¦यह ग्रंथ है।",
        "पृ. 5 देखें। ¦सं. 3 भी।",
        "“मैं जाऊँगा।” ¦उसने कहा।",
        "उसकी ऊँचाई 5.6 फीट है। ¦वह लंबा है।",
        "कीमत रु. 500 है। ¦यह सस्ता है।",
        "वह गया।¦मैं रुका।",
        "मैं... मैं नहीं जानता।",
        "बी.जे.पी. ने कहा।",
    ]

    private static let chineseAndJapanese = [
        ("zh", "你好。¦再见。"),
        ("zh", "你好吗？¦我很好！¦谢谢。"),
        ("zh", "他说：“我走了。”¦然后他走了。"),
        ("zh", "价格是3.5元。¦很便宜。"),
        ("zh", "（他来了。）¦她走了。"),
        ("zh", "我爱你……但是我要走了。"),
        ("ja", "こんにちは。¦元気ですか？¦はい！"),
        ("ja", "「行くよ。」と言った。¦そして行った。"),
        ("ja", "「行くよ。」¦彼は行った。"),
        ("ja", "彼は3.5キロ走った。¦速かった。"),
    ]

    private static let cases: [(String, String)] =
        english.map { ("en", $0) } + spanish.map { ("es", $0) } + german.map { ("de", $0) }
        + french.map { ("fr", $0) } + hindi.map { ("hi", $0) } + chineseAndJapanese

    @Test(arguments: cases)
    func textIsCutWhereSentencesEnd(language: String, marked: String) {
        let text = marked.filter { $0 != "¦" }
        let expected = marked.split(separator: "¦").map { $0.trimmed }
        let found = SentenceSplitter(language: language).sentences(in: text).map { String(text[$0]) }
        #expect(found == expected)
    }

    @Test(arguments: ["", "xx", "toolong", "en-GB", "../etc", "\u{0}"])
    func unknownLanguageFallsBackToCommonRules(language: String) {
        let text = "Dr. Smith arrived. He left."
        let found = SentenceSplitter(language: language).sentences(in: text).map { String(text[$0]) }
        #expect(found == ["Dr. Smith arrived.", "He left."])
    }

    @Test(arguments: [
        "", " ", "\n\n", ".", "...", " . ", "。", "?!", "«»", "\u{301}", "a\u{0}b. C", "A.\u{2029}B.", "\u{FEFF}x. Y",
        String(repeating: ". ", count: 500), String(repeating: "A. ", count: 500), String(repeating: "।", count: 500),
        String(repeating: "…\u{201D} ", count: 300), "🇩🇪. 🇫🇷! 👩‍👩‍👧. Ok.",
    ])
    func everyCharacterButSpaceIsInExactlyOneSentence(text: String) {
        let ranges = SentenceSplitter(language: "en").sentences(in: text)
        var end = text.startIndex
        for range in ranges {
            #expect(!range.isEmpty && range.lowerBound >= end)
            #expect(text.isSpace(end..<range.lowerBound))
            #expect(text.unicodeScalars[range].first?.properties.isWhitespace == false)
            end = range.upperBound
        }
        #expect(text.isSpace(end..<text.endIndex))
    }

    @Test func hostileTextTakesLinearTime() {
        for unit in [". ", "A. ", "z. B. ", ".)\u{201D} ", "((((", "1. "] {
            let text = String(repeating: unit, count: 20_000 / unit.utf8.count)
            let duration = ContinuousClock().measure {
                _ = SentenceSplitter(language: "de").sentences(in: text)
            }
            #expect(duration < .seconds(60), "\(unit)")
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

extension String {
    fileprivate func isSpace(_ range: Range<Index>) -> Bool {
        unicodeScalars[range].allSatisfy(\.properties.isWhitespace)
    }
}
