internal import HTTPTypes
internal import NIOHTTP1

/// Tells the compressor in the pipeline which answers are worth it: a field that never reaches the client.
enum CompressionMark {
    private static let name = "dragoman-compress"
    private static let field = HTTPField.Name(name)

    static func put(on headers: inout HTTPFields) {
        guard let field else { return }
        headers[field] = "1"
    }

    /// Removes the mark and says whether it was there.
    static func take(from head: inout HTTPResponseHead) -> Bool {
        guard head.headers.contains(name: name) else { return false }
        head.headers.remove(name: name)
        return true
    }
}
