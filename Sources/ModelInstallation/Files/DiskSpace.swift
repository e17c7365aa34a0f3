internal import Foundation

/// Room on the disk.
enum DiskSpace {
    /// Bytes that this user can still write on the disk that `path` lies on.
    static func available(at path: String) throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw ModelInstallationError(.unwritable, "Cannot write to '\(path)': \(SystemError.words()).")
        }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int(clamping: bytes)
    }

    /// - Throws: `.noSpace` where fewer than `count` bytes can be written.
    static func require(_ count: Int, in folder: String, available: (String) throws -> Int) throws {
        let free = try available(folder)
        guard count <= free else {
            throw ModelInstallationError(
                .noSpace,
                "'\(folder)' has \(ByteCount(free)) free, but \(ByteCount(count)) are needed."
            )
        }
    }
}

/// A number of bytes for people: `8.5 MB`.
package struct ByteCount: CustomStringConvertible, Sendable {
    package let bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    package var description: String {
        let units = [(1_000_000_000.0, "GB"), (1_000_000, "MB"), (1000, "kB")]
        guard let (size, unit) = units.first(where: { Double(bytes) >= $0.0 }) else { return "\(bytes) bytes" }
        return String(format: "%.1f ", Double(bytes) / size) + unit
    }
}
