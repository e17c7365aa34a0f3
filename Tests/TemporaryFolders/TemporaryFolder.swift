package import Foundation

/// A folder for one test. All of them are removed when the process ends.
package struct TemporaryFolder: Sendable {
    package let path: String

    private static let root: URL = {
        atexit { try? FileManager.default.removeItem(at: TemporaryFolder.root) }
        return FileManager.default.temporaryDirectory.appending(path: "dragoman-tests-\(UUID().uuidString)")
    }()

    /// - Parameter name: the folder's own name, for tests in which it matters.
    package init(name: String = "folder") throws {
        path = Self.root.appending(path: "\(UUID().uuidString)/\(name)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Writes a file, and makes the folders it lies in.
    package func write(_ data: Data, _ name: String) throws {
        let file = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try data.write(to: file)
    }

    package func write(_ text: String, _ name: String) throws { try write(Data(text.utf8), name) }

    /// Every file below the folder, by its path from there.
    package var files: [String: Data] {
        get throws {
            let names = try FileManager.default.subpathsOfDirectory(atPath: path)
            let files = names.compactMap { name in
                FileManager.default.contents(atPath: "\(path)/\(name)").map { (name, $0) }
            }
            return Dictionary(uniqueKeysWithValues: files)
        }
    }

    /// Names of what lies directly in the folder `name`; nothing where it is not there.
    package func contents(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)")) ?? []).sorted()
    }
}
