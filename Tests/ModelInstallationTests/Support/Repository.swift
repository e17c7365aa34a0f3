import Foundation

/// Files of the repository.
enum Repository {
    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized

    static func path(_ name: String) -> String { root.appending(path: name).path }

    static func data(_ name: String) throws -> Data { try Data(contentsOf: root.appending(path: name)) }
}
