import Foundation

/// Where the headers of a model.bin lie: everything that is not a tensor's numbers.
struct ModelHeaders {
    /// The start of the file, up to the first variable.
    var preamble: Range<Int>
    /// Name, rank, dimensions, type and size of each variable.
    var variables: [Range<Int>] = []
    /// What follows the last variable.
    var aliases: Range<Int>

    /// The places of all headers.
    var all: [Int] { [[preamble], variables, [aliases]].flatMap { $0 }.flatMap { Array($0) } }

    private struct Cursor {
        let data: Data
        var at = 0

        mutating func number(_ size: Int) -> Int {
            defer { at += size }
            return (0..<size).reduce(0) { $0 | Int(data[data.startIndex + at + $1]) << (8 * $1) }
        }

        mutating func skipString() { at += number(2) }
    }

    /// Reads an intact file of any binary version.
    init(_ data: Data) {
        var cursor = Cursor(data: data)
        let version = cursor.number(4)
        if version >= 2 {
            cursor.skipString()
            _ = cursor.number(4)
        }
        let count = cursor.number(4)
        preamble = 0..<cursor.at
        for _ in 0..<count {
            let start = cursor.at
            cursor.skipString()
            let rank = cursor.number(1)
            for _ in 0..<rank { _ = cursor.number(4) }
            let typeOrSize = cursor.number(1)
            let size = cursor.number(4) * (version >= 4 ? 1 : typeOrSize)
            variables.append(start..<cursor.at)
            cursor.at += size
        }
        aliases = cursor.at..<data.count
    }
}
