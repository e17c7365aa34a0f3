internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import Logging

/// What is known about a request beside itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address at the other end of the connection.
    let peerAddress: String
    /// Where the request came from, trusted proxies looked through.
    var clientAddress: String
    /// Given back as `X-Request-Id`, and with every log line.
    var requestID = ""
    /// Whether the server was in local mode when the request came.
    var isLocal = false
    /// Who makes the request, once that is known.
    var principal: Principal?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peerAddress = source.channel.remoteAddress?.ipAddress ?? "local"
        clientAddress = peerAddress
        // The request has one name only, ours.
        logger[metadataKey: "hb.request.id"] = nil
    }

    /// The principal of a route that lets nobody else in.
    func signedIn() throws -> Principal {
        guard let principal else { throw Problem.unauthenticated("This needs credentials.") }
        return principal
    }
}
