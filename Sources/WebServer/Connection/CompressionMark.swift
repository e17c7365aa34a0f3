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
    /// - Parameter isSupported: whether what is marked will be compressed.
    static func take(from head: inout HTTPResponseHead, isSupported: Bool) -> Bool {
        guard head.headers.contains(name: name) else { return false }
        head.headers.remove(name: name)
        // Of the body as it was. The compressor, which knows the new one only if it gets all of it at once, leaves it on
        // the head of a body that comes in pieces.
        if isSupported { head.headers.remove(name: "content-length") }
        return true
    }
}
