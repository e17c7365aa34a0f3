internal import Environment
internal import Foundation

/// What was installed, kept in the model's folder as `installed.json`: where it came from and the checksums of its
/// files.
package struct Receipt: Codable, Sendable, Equatable {
    package struct File: Codable, Sendable, Equatable {
        /// Path from the model's folder.
        package var path: String
        package var size: Int
        package var sha256: SHA256Sum
    }

    static let fileName = "installed.json"
    static let newestFormat = 1
    private static let largest = 8 << 20

    package var format = Receipt.newestFormat
    package var name: String
    package var version: String
    package var licence: String
    /// Path or address.
    package var source: String
    /// The checksum of the package that was unpacked.
    package var archive: SHA256Sum?
    /// RFC 3339, UTC.
    package var installed: String
    package var files: [File]

    /// The receipt in a model's folder; nil where there is none.
    /// - Throws: `.damaged` for one that cannot be understood, `.unreadable`.
    static func read(in folder: String) throws -> Receipt? {
        let path = "\(folder)/\(fileName)"
        let data: Data
        do {
            data = try RegularFile(path).content(limit: largest)
        } catch let error as ModelInstallationError where error.code == .notFound {
            return nil
        }
        guard let receipt = try? JSONDecoder().decode(Receipt.self, from: data), receipt.format == newestFormat,
            receipt.files.allSatisfy({ ModelFilePath.isSafe($0.path) })
        else {
            throw ModelInstallationError(.damaged, "'\(path)' is no receipt of the format \(newestFormat).")
        }
        return receipt
    }

    func write(in folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self) + Data("\n".utf8)
        let path = "\(folder)/\(Self.fileName)"
        let output = try OutputFile(path)
        try data.withUnsafeBytes { try output.write($0) }
        try RegularFile(path).flush()
    }

    static func text(of time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.microseconds) / 1e6).formatted(.iso8601)
    }
}
