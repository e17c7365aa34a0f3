internal import CPostgres
internal import Storage

/// Parameters in PostgreSQL's binary form, beside each other in one buffer.
///
/// Binary forms (numbers big-endian, texts and bytes as they are) need no quoting and no terminator. Types are stated,
/// so that `CASE … THEN $1` is a number where a number was given; a NULL's type is left to the server.
struct WireParameters {
    private var bytes: [UInt8] = []
    private var places: [Range<Int>?] = []
    private(set) var types: [Oid] = []

    /// No parameters.
    static let none = WireParameters()

    private init() {}

    /// - Throws: `.invalidValue` for a text with U+0000, which PostgreSQL does not keep.
    init(_ values: [SQLValue]) throws {
        places.reserveCapacity(values.count)
        types.reserveCapacity(values.count)
        for value in values {
            let start = bytes.count
            try append(value)
            places.append(value == .null ? nil : start..<bytes.count)
            types.append(Self.type(of: value))
        }
        // An empty text needs an address too.
        bytes.append(0)
    }

    /// Calls `body` with what libpq takes: addresses, lengths and formats.
    func withArrays<T>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
    ) -> T {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let addresses = places.map { place in place.flatMap { base?.advanced(by: $0.lowerBound) } }
            let lengths = places.map { Int32(truncatingIfNeeded: $0?.count ?? 0) }
            let formats = [Int32](repeating: 1, count: places.count)
            return addresses.withUnsafeBufferPointer { addresses in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { body(addresses.baseAddress, lengths.baseAddress, $0.baseAddress) }
                }
            }
        }
    }

    var count: Int32 { Int32(truncatingIfNeeded: places.count) }

    private mutating func append(_ value: SQLValue) throws {
        switch value {
        case .null: break
        case .integer(let integer): withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
        case .real(let real): withUnsafeBytes(of: real.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
        case .blob(let blob): bytes.append(contentsOf: blob)
        case .text(let text):
            guard !text.utf8.contains(0) else {
                throw StorageError(.invalidValue, "A text holds the character U+0000, which a database does not keep.")
            }
            bytes.append(contentsOf: text.utf8)
        case .texts(let texts): try append(array: texts.map { $0.map(SQLValue.text) ?? .null }, of: .text)
        case .integers(let integers): try append(array: integers.map { $0.map(SQLValue.integer) ?? .null }, of: .int8)
        }
    }

    /// As `array_send` writes one (src/backend/utils/adt/arrayfuncs.c): the number of dimensions, whether there are
    /// NULLs, the elements' type; the length and the first index of each dimension; each element's length, or -1, and
    /// bytes.
    private mutating func append(array elements: [SQLValue], of type: WireType) throws {
        let count = Int32(truncatingIfNeeded: elements.count)
        append(count == 0 ? 0 : 1)
        append(elements.contains(.null) ? 1 : 0)
        append(Int32(bitPattern: type.rawValue))
        guard count > 0 else { return }
        append(count)
        append(1)
        for element in elements {
            let place = bytes.count
            append(-1)
            guard element != .null else { continue }
            try append(element)
            let length = Int32(truncatingIfNeeded: bytes.count - place - 4)
            withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
        }
    }

    private mutating func append(_ integer: Int32) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// By the fixed numbers in `pg_type`.
    private static func type(of value: SQLValue) -> Oid {
        switch value {
        case .null: 0
        case .integer: WireType.int8.rawValue
        case .real: WireType.float8.rawValue
        case .text: WireType.text.rawValue
        case .blob: WireType.bytea.rawValue
        case .texts: 1009
        case .integers: 1016
        }
    }
}
