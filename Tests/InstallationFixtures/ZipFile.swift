package import Foundation

/// A zip archive of stored entries, written by hand so that it can lie.
package struct ZipFile {
    package struct Entry {
        package var name: String
        package var content: Data
        /// Mode bits of Unix.
        package var mode: UInt32 = 0o100644
        /// The size that is announced.
        package var size: Int

        package init(_ name: String, _ content: Data) {
            (self.name, self.content, size) = (name, content, content.count)
        }
    }

    package var entries: [Entry]

    package init(_ files: [String: Data], below folder: String = "") {
        entries = files.sorted { $0.key < $1.key }.map { Entry(folder + $0.key, $0.value) }
    }

    /// The archive's bytes, by the layout of PKWARE's APPNOTE: local headers with contents, directory, end.
    package var data: Data {
        var (out, directory) = (Data(), Data())
        for entry in entries {
            let offset = UInt32(out.count)
            let common = Self.common(entry)
            out.add(UInt32(0x0403_4B50), UInt16(20))
            out.append(common)
            out.add(UInt16(0))
            out.append(contentsOf: Array(entry.name.utf8))
            out.append(entry.content)
            directory.add(UInt32(0x0201_4B50), UInt16(3 << 8 | 20), UInt16(20))
            directory.append(common)
            directory.add(UInt16(0), UInt16(0), UInt16(0), UInt16(0), entry.mode << 16, offset)
            directory.append(contentsOf: Array(entry.name.utf8))
        }
        let (start, count) = (UInt32(out.count), UInt16(entries.count))
        out.append(directory)
        out.add(UInt32(0x0605_4B50), UInt16(0), UInt16(0), count, count)
        out.add(UInt32(directory.count), start, UInt16(0))
        return out
    }

    /// Flags, method, time, date, checksum, sizes and length of the name, which stand at both places.
    private static func common(_ entry: Entry) -> Data {
        var out = Data()
        out.add(UInt16(0x0800), UInt16(0), UInt16(0), UInt16(0x21), CRC32.of(entry.content))
        out.add(UInt32(entry.content.count), UInt32(truncatingIfNeeded: entry.size), UInt16(entry.name.utf8.count))
        return out
    }
}

/// The checksum of zip.
private enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func of(_ data: Data) -> UInt32 {
        // Through pointers, or a build without optimisation takes seconds.
        table.withUnsafeBufferPointer { table in
            data.withUnsafeBytes { bytes in
                var value = ~UInt32(0)
                for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
                return ~value
            }
        }
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
