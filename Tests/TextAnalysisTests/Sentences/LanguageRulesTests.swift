import Testing
import TextAnalysis

struct LanguageRulesTests {
    @Test func itemsAreReadAsTheFormatSays() {
        let rules = LanguageRules("# title: Xx\ntitle: Dr, pr\nending: a. m\nnonsense\nunknown: x\nordinals: yes")
        #expect(rules.contains("Dr", in: .title))
        #expect(!rules.contains("dr", in: .title))
        #expect(rules.contains("PR", in: .title))
        #expect(!rules.contains("Xx", in: .title))
        #expect(rules.contains("a.m", in: .ending))
        #expect(rules.abbreviationBegins(with: "a"))
        #expect(rules.hasOrdinals)
    }

    @Test(arguments: ["de", "en", "es", "fr"])
    func shippedFilesHoldTheirLanguageAndTheRoot(language: String) {
        let rules = LanguageRules.rules(for: language)
        #expect(rules.contains("etc", in: .ending))
        #expect(rules.contains("Prof", in: .title))
        #expect(!rules.contains("OK", in: .title))
    }

    @Test func unknownLanguageHasTheRoot() {
        #expect(LanguageRules.rules(for: "xx").contains("Dr", in: .title))
        #expect(!LanguageRules.rules(for: "xx").hasOrdinals)
    }
}
