internal import Foundation

/// Where an index of models is: a file, or an address.
package struct IndexLocation: Hashable, Sendable, CustomStringConvertible {
    enum Place: Hashable, Sendable {
        case file(String)
        case address(ModelAddress)
    }

    let place: Place
    private let allowsPlainHTTP: Bool

    /// Name of the index that is looked for in a folder of models.
    package static let fileName = "index.json"

    /// What a person gives: a path, or an address with `://`.
    /// - Parameter allowsPlainHTTP: whether the index and what it lists may come by `http` from other machines.
    /// - Throws: `.invalidRequest` for an address that cannot be used.
    package init(_ text: String, allowsPlainHTTP: Bool = false) throws {
        let isAddress = text.contains("://")
        place = isAddress ? .address(try ModelAddress(text, allowsPlainHTTP: allowsPlainHTTP)) : .file(text)
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    package var description: String {
        switch place {
        case .file(let path): path
        case .address(let address): address.description
        }
    }

    /// Where something is that the index names: an address, or a path from where the index itself is.
    /// - Throws: `.invalidRequest`, also for an index at an address that names a file of this machine.
    func resolve(_ reference: String) throws -> ContentLocation {
        switch place {
        case .address(let address): return .remote(try address.resolve(reference))
        case .file(let path):
            if reference.contains("://") {
                return .remote(try ModelAddress(reference, allowsPlainHTTP: allowsPlainHTTP))
            }
            let folder = (path as NSString).deletingLastPathComponent
            return .local(reference.hasPrefix("/") || folder.isEmpty ? reference : "\(folder)/\(reference)")
        }
    }
}
