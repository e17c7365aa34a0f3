/// The structure of a fastText classifier file, checked field by field.
///
/// fastText trusts the files it loads: it allocates what they claim and reads on past their end. So the whole file is
/// walked before the library sees it, and every count in it is compared with what is there.
///
/// Layout (little-endian, version 12): magic, version; arguments; dictionary; input matrix; output matrix.
package struct FastTextModelFile {
    /// The largest file accepted, in bytes. The full lid.176.bin has 131 million.
    static let maximumSize = 256 << 20

    private static let magic: Int32 = 793_712_314
    private static let version: Int32 = 12
    private static let supervised: Int32 = 3
    /// Hierarchical softmax, softmax, one against all. (2, negative sampling, is for training.)
    private static let losses: Set<Int32> = [1, 3, 4]

    private var reader: Reader
    private var dimension = 0
    private var buckets = 0
    private var words = 0
    private var labels = 0
    /// The number of n-gram rows, where the model was pruned.
    private var pruned: Int?

    /// Checks the content of a file.
    /// - Throws: `ModelFault`, which says what was found.
    package static func check(_ bytes: [UInt8]) throws(ModelFault) {
        var file = FastTextModelFile(reader: Reader(bytes))
        try file.checkArguments()
        try file.checkDictionary()
        let isQuantized = try file.flag("the input matrix")
        let rows = file.words + (file.pruned ?? file.buckets)
        try file.checkMatrix(isQuantized, minimumRows: rows, name: "the input matrix")
        let isOutputQuantized = try file.flag("the output matrix")
        try file.checkMatrix(isQuantized && isOutputQuantized, minimumRows: file.labels, name: "the output matrix")
        guard file.reader.left == 0 else { throw ModelFault("\(file.reader.left) bytes behind the end") }
        guard isQuantized || file.pruned == nil else { throw ModelFault("a pruned model that is not quantized") }
    }

    private init(reader: Reader) {
        self.reader = reader
    }

    private mutating func checkArguments() throws(ModelFault) {
        let magic = try reader.int32()
        guard magic == Self.magic else { throw ModelFault("the number \(magic) at its beginning") }
        let version = try reader.int32()
        guard version == Self.version else { throw ModelFault("format version \(version)") }
        dimension = try count(1...4096, "the dimension")
        // Window, epochs, minimum count, negatives: for training.
        for _ in 0..<4 { _ = try reader.int32() }
        _ = try count(0...5, "the length of word n-grams")
        let loss = try reader.int32()
        guard Self.losses.contains(loss) else { throw ModelFault("loss function \(loss)") }
        let kind = try reader.int32()
        guard kind == Self.supervised else { throw ModelFault("model kind \(kind)") }
        buckets = try count(1...1_000_000_000, "the number of buckets")
        let shortest = try count(0...32, "the shortest n-gram")
        let longest = try count(0...32, "the longest n-gram")
        guard shortest <= longest || longest == 0 else { throw ModelFault("n-grams from \(shortest) to \(longest)") }
        _ = try reader.int32()
        _ = try reader.take(8)
    }

    private mutating func checkDictionary() throws(ModelFault) {
        let size = try count(1...50_000_000, "the size of the dictionary")
        words = try count(0...size, "the number of words")
        labels = try count(1...size, "the number of labels")
        guard words + labels == size else { throw ModelFault("\(words) words and \(labels) labels of \(size) entries") }
        guard try reader.int64() > 0 else { throw ModelFault("no tokens") }
        let prunedCount = try reader.int64()
        guard (-1...Int64(buckets)).contains(prunedCount) else { throw ModelFault("\(prunedCount) pruned n-grams") }
        pruned = prunedCount >= 0 ? Int(prunedCount) : nil
        var total: Int64 = 0
        for entry in 0..<size { total = try checkEntry(entry, total) }
        for _ in 0..<(pruned ?? 0) {
            let bucket = try reader.int32()
            let row = try reader.int32()
            guard (0..<Int64(buckets)).contains(Int64(bucket)), (0..<prunedCount).contains(Int64(row)) else {
                throw ModelFault("n-gram \(bucket) in row \(row)")
            }
        }
    }

    /// - Returns: the sum of the counts so far. Beyond 10^15 the library's Huffman tree would take them for unset.
    private mutating func checkEntry(_ entry: Int, _ total: Int64) throws(ModelFault) -> Int64 {
        try reader.skipText(limit: 1024)
        let occurrences = try reader.int64()
        let limit: Int64 = 1_000_000_000_000_000
        guard (0..<limit).contains(occurrences), total + occurrences < limit else {
            throw ModelFault("count \(occurrences) of dictionary entry \(entry)")
        }
        let kind = try reader.take(1).first
        guard kind == (entry < words ? 0 : 1) else {
            throw ModelFault("kind \(kind ?? 0) of dictionary entry \(entry)")
        }
        return total + occurrences
    }

    private mutating func checkMatrix(_ isQuantized: Bool, minimumRows: Int, name: String) throws(ModelFault) {
        let hasNorms = isQuantized ? try flag(name) : false
        let rows = try reader.int64()
        let columns = try reader.int64()
        guard rows >= minimumRows, rows <= Int64(Int32.max), columns == Int64(dimension) else {
            throw ModelFault("\(rows) × \(columns) numbers in \(name), where \(minimumRows) × \(dimension) are needed")
        }
        guard isQuantized else { return try reader.skip(Int(rows) * dimension * 4, name) }
        let codes = Int(try reader.int32())
        guard codes >= 0 else { throw ModelFault("\(codes) codes in \(name)") }
        try reader.skip(codes, name)
        let parts = try checkQuantizer(dimension: dimension, name)
        guard codes == Int(rows) * parts else { throw ModelFault("\(codes) codes in \(name), not \(rows) × \(parts)") }
        guard hasNorms else { return }
        try reader.skip(Int(rows), name)
        _ = try checkQuantizer(dimension: 1, name)
    }

    /// - Returns: the number of parts each row is cut into.
    private mutating func checkQuantizer(dimension: Int, _ name: String) throws(ModelFault) -> Int {
        let found = try reader.int32()
        let parts = try count(1...dimension, "the parts of a row")
        let width = try count(1...dimension, "the width of a part")
        let last = try count(1...width, "the width of the last part")
        guard Int(found) == dimension, (parts - 1) * width + last == dimension else {
            throw ModelFault("rows of \(found) numbers in \(parts) parts of \(width) in \(name)")
        }
        try reader.skip(dimension * 256 * 4, name)
        return parts
    }

    private mutating func count(_ range: ClosedRange<Int>, _ name: String) throws(ModelFault) -> Int {
        let value = Int(try reader.int32())
        guard range.contains(value) else { throw ModelFault("\(value) as \(name)") }
        return value
    }

    private mutating func flag(_ name: String) throws(ModelFault) -> Bool {
        let byte = try reader.take(1).first ?? 0
        guard byte <= 1 else { throw ModelFault("flag \(byte) before \(name)") }
        return byte == 1
    }
}

/// Reads numbers from bytes, never beyond their end.
private struct Reader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var left: Int { bytes.count - offset }

    mutating func int32() throws(ModelFault) -> Int32 {
        Int32(truncatingIfNeeded: try number(4))
    }

    mutating func int64() throws(ModelFault) -> Int64 {
        Int64(bitPattern: try number(8))
    }

    mutating func take(_ count: Int) throws(ModelFault) -> ArraySlice<UInt8> {
        try skip(count, "the file")
        return bytes[(offset - count)..<offset]
    }

    mutating func skip(_ count: Int, _ name: String) throws(ModelFault) {
        guard count <= left else {
            throw ModelFault("only \(left) of \(count) bytes of \(name) at byte \(offset): the file is cut off")
        }
        offset += count
    }

    /// Skips text and the zero byte behind it.
    mutating func skipText(limit: Int) throws(ModelFault) {
        guard let end = bytes[offset...].prefix(limit).firstIndex(of: 0) else {
            throw ModelFault("a word without an end at byte \(offset)")
        }
        offset = end + 1
    }

    private mutating func number(_ size: Int) throws(ModelFault) -> UInt64 {
        let start = offset
        try skip(size, "the file")
        var result: UInt64 = 0
        for index in 0..<size { result |= UInt64(bytes[start + index]) << UInt64(8 * index) }
        return result
    }
}
