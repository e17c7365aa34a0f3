import Foundation

/// A zip archive, written by hand so that it can lie.
struct ZipFile {
    struct Entry {
        var name: String
        /// The bytes as they stand in the archive.
        var stored: Data
        /// The size that is announced for the unpacked entry.
        var size: Int
        /// 0 for stored, 8 for deflated.
        var method: UInt16 = 0
        /// Mode bits of Unix.
        var mode: UInt32 = 0o100644
        var checksum: UInt32

        /// An honest entry.
        init(_ name: String, _ content: Data = Data()) {
            self.name = name
            stored = content
            size = content.count
            checksum = CRC32.of(content)
        }
    }

    var entries: [Entry] = []

    /// The files of a folder.
    init(_ files: [String: Data]) {
        entries = files.sorted { $0.key < $1.key }.map { Entry($0.key, $0.value) }
    }

    init(_ entries: [Entry]) { self.entries = entries }

    var data: Data {
        var out = Data()
        var directory = Data()
        for entry in entries {
            let offset = out.count
            out.add(UInt32(0x0403_4B50), UInt16(45))
            out.append(Self.common(entry))
            out.add(UInt16(entry.name.utf8.count), UInt16(0))
            out.append(contentsOf: entry.name.utf8)
            out.append(entry.stored)
            directory.add(UInt32(0x0201_4B50), UInt16(3 << 8 | 45), UInt16(45))
            directory.append(Self.common(entry))
            directory.add(UInt16(entry.name.utf8.count), UInt16(0), UInt16(0), UInt16(0), UInt16(0))
            directory.add(entry.mode << 16, UInt32(offset))
            directory.append(contentsOf: entry.name.utf8)
        }
        let start = out.count
        out.append(directory)
        out.append(end(start: start, size: directory.count))
        return out
    }

    /// Flags, method, time, date, checksum and sizes, which stand both before an entry and in the directory.
    private static func common(_ entry: Entry) -> Data {
        var out = Data()
        out.add(UInt16(0x0800), entry.method, UInt16(0), UInt16(0x21))
        out.add(entry.checksum, UInt32(entry.stored.count), UInt32(truncatingIfNeeded: entry.size))
        return out
    }

    /// The records at the end; counts beyond 65,535 need those of zip64.
    private func end(start: Int, size: Int) -> Data {
        var out = Data()
        let isLarge = entries.count > 0xFFFF
        if isLarge {
            out.add(UInt32(0x0606_4B50), UInt64(44), UInt16(45), UInt16(45), UInt32(0), UInt32(0))
            out.add(UInt64(entries.count), UInt64(entries.count), UInt64(size), UInt64(start))
            out.add(UInt32(0x0706_4B50), UInt32(0), UInt64(start + size), UInt32(1))
        }
        let count = isLarge ? 0xFFFF : UInt16(entries.count)
        out.add(UInt32(0x0605_4B50), UInt16(0), UInt16(0), count, count)
        out.add(UInt32(size), UInt32(start), UInt16(0))
        return out
    }
}

extension ZipFile.Entry {
    /// Zeros, deflated by a factor of 158: one literal, then matches of 258 bytes at distance 1.
    /// - Parameter claimed: the size that is announced.
    static func bomb(_ name: String, matches: Int, claimed: Int? = nil) -> ZipFile.Entry {
        var bits = BitWriter()
        bits.add(0b1, 1)
        bits.add(0b01, 2)
        bits.addCode(0b0011_0000, 8)
        for _ in 0..<matches {
            bits.addCode(0b1100_0101, 8)
            bits.addCode(0, 5)
        }
        bits.addCode(0, 7)
        var entry = ZipFile.Entry(name)
        entry.stored = bits.data
        entry.size = claimed ?? 1 + 258 * matches
        entry.method = 8
        return entry
    }
}

/// Bits in the order of RFC 1951.
private struct BitWriter {
    private var bytes: [UInt8] = []
    private var used = 8

    var data: Data { Data(bytes) }

    /// A number, its lowest bit first.
    mutating func add(_ value: Int, _ count: Int) {
        for bit in 0..<count { add(bit: value >> bit & 1) }
    }

    /// A Huffman code, its highest bit first.
    mutating func addCode(_ code: Int, _ count: Int) {
        for bit in (0..<count).reversed() { add(bit: code >> bit & 1) }
    }

    private mutating func add(bit: Int) {
        if used == 8 {
            bytes.append(0)
            used = 0
        }
        bytes[bytes.count - 1] |= UInt8(bit << used)
        used += 1
    }
}

/// The checksum of zip.
private enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func of(_ data: Data) -> UInt32 {
        ~data.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}

extension Data {
    /// Appends numbers, the lowest byte first.
    fileprivate mutating func add(_ numbers: any FixedWidthInteger...) {
        for number in numbers { addOne(number) }
    }

    private mutating func addOne(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
