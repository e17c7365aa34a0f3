import Foundation

/// A folder for one test; removed with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    /// - Parameter name: the folder's own name, for tests in which it matters.
    init(name: String = "folder") throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "dragoman-tests-\(UUID().uuidString)")
        path = parent.appending(path: name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent())
    }

    /// Writes a file, and makes the folders it lies in.
    func write(_ data: Data, _ name: String) throws {
        let file = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    func write(_ text: String, _ name: String) throws { try write(Data(text.utf8), name) }

    /// Every file below the folder, by its path from there.
    var files: [String: Data] {
        get throws {
            let names = try FileManager.default.subpathsOfDirectory(atPath: path)
            let files = names.compactMap { name in
                FileManager.default.contents(atPath: "\(path)/\(name)").map { (name, $0) }
            }
            return Dictionary(uniqueKeysWithValues: files)
        }
    }

    /// Names of what lies directly in the folder `name`; nothing where it is not there.
    func contents(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)")) ?? []).sorted()
    }
}
