/// Where a file is that an installation needs.
enum ContentLocation: Hashable, Sendable, CustomStringConvertible {
    case local(String)
    case remote(ModelAddress)

    var description: String {
        switch self {
        case .local(let path): path
        case .remote(let address): address.description
        }
    }

    var fileName: String {
        switch self {
        case .local(let path): path.split(separator: "/").last.map(String.init) ?? path
        case .remote(let address): address.fileName
        }
    }
}

/// A file that an installation needs, with what was announced of it.
struct ContentSource: Hashable, Sendable {
    var location: ContentLocation
    var size: Int?
    var sha256: SHA256Sum?
}
