import MachineTranslation
import Testing

/// The faults that are looked for in translations.
struct OutputGuardTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var source: String
        var output: String
        var fault: OutputGuard.Fault?

        init(_ source: String, _ output: String, _ fault: OutputGuard.Fault?) {
            self.source = source
            self.output = output
            self.fault = fault
        }

        var testDescription: String { "\(source.prefix(30)) → \(output.prefix(30))" }
    }

    private static func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let cases = [
        Case("Hello.", "Hola.", nil),
        Case("Hello.", "", .empty),
        Case("Hello.", " \n\u{3000}", .empty),
        // Loops: a 4-gram three times, unless the source does the same.
        Case("The men went away.", times("los hombres se fueron ", 2), nil),
        Case("The men went away.", times("los hombres se fueron ", 3), .loops),
        Case("The men went away.", times("fue ", 6), .loops),
        Case(times("a b c d ", 3), times("w x y z ", 3), nil),
        Case(times("a b c d ", 3), times("w x y z ", 4), .loops),
        // Stutters: a few letters three times in a row.
        Case("Go.", times("no ", 5), nil),
        Case("Go.", "nonono", .stutters),
        Case("मेरा नाम राहुल है।", "My name is Rahुलुलुल.", .stutters),
        Case("Hahaha!", "¡Jajaja!", nil),
        Case("Ssss", "Sssss", .stutters),
        Case("See www.example.org, part III.", "Mira www.example.org, parte III.", nil),
        Case("It cost a billion.", "Costó 1.000.000.000 ......", nil),
        // Scripts without spaces.
        Case("A long enough sentence about a bridge.", times("一座很长很长的桥梁在那边", 4), .loops),
        Case("A long enough sentence about a bridge.", "一座很长很长的桥梁在那边。", nil),
        // Lengths.
        Case("No", "an answer that says much more than it was asked", nil),
        Case("No", (0..<20).map { "w\($0)" }.joined(separator: " "), .tooLong),
        Case(times("word ", 40), "sí", .tooShort),
        Case("Hello world!", "¡A!", nil),
        Case("A sentence of some length, really.", "Sí.", .tooShort),
        // Copies: of four words and more.
        Case("This is a copied text.", "This is a copied text.", .copiesSource),
        Case("This is a copied text.", "this IS  a copied text.", .copiesSource),
        Case("New York City", "New York City", nil),
        Case("This is a copied text.", "Esto es a copied text.", nil),
    ]

    @Test(arguments: cases)
    func output_hasItsFault(_ example: Case) {
        #expect(OutputGuard(source: example.source).fault(in: example.output) == example.fault)
    }

    @Test func longestOutput_isLookedAtInTime() {
        var generator = SeededGenerator(seed: 9)
        let output = (0..<10_000).map { _ in "w\(Int.random(in: 0..<1_000_000, using: &generator))" }.joined(
            separator: " "
        )
        let clock = ContinuousClock()
        let time = clock.measure { #expect(OutputGuard(source: output).fault(in: output + " x") == nil) }
        #expect(time < .seconds(10))
    }
}
