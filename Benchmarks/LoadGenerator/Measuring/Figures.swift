internal import Foundation

/// Numbers as the tables show them.
enum Figures {
    static func count(_ number: Int) -> String {
        var digits = String(abs(number))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    static func milliseconds(_ span: Duration) -> String {
        let value = span / .milliseconds(1)
        return String(format: value < 10 ? "%.2f ms" : value < 100 ? "%.1f ms" : "%.0f ms", value)
    }

    static func seconds(_ span: Duration) -> String { String(format: "%.2f s", span / .seconds(1)) }

    static func mebibytes(_ bytes: Double) -> String { String(format: "%.1f MiB", bytes / 1_048_576) }

    static func kibibytes(_ bytes: Double) -> String { String(format: "%.1f KiB", bytes / 1024) }

    static func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

    /// A row of the table: what, how much, and what was aimed at.
    static func row(_ what: String, _ measured: String, _ aim: String = "") {
        FileHandle.standardOutput.write(Data("| \(what) | \(measured) | \(aim) |\n".utf8))
    }

    static func progress(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
