internal import Foundation

/// Where the server listens.
struct TargetAddress: Sendable {
    let host: String
    let port: Int

    init?(_ text: String) {
        guard let url = URL(string: text), url.scheme == "http", let host = url.host() else { return nil }
        self.host = host
        port = url.port ?? 80
    }
}
