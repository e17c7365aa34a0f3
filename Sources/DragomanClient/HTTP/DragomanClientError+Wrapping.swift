internal import AsyncHTTPClient
internal import NIOCore

extension DragomanClientError {
    /// Whether the same call may succeed a little later.
    var isTransient: Bool {
        switch status {
        case nil: code == .unreachable || code == .timedOut
        case 429, 502, 503, 504: true
        default: false
        }
    }

    static func cancelled(_ cause: any Error) -> DragomanClientError {
        DragomanClientError(.cancelled, "The call was cancelled.", cause: cause)
    }

    /// What an error of the libraries below means to the caller.
    static func wrapping(_ error: any Error, address: ServerAddress) -> DragomanClientError {
        if let error = error as? DragomanClientError { return error }
        if Task.isCancelled || error is CancellationError { return cancelled(error) }
        let isShutdown: [HTTPClientError] = [.alreadyShutdown, .cancelled, .requestStreamCancelled]
        let isLate: [HTTPClientError] = [.connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout]
        switch error {
        case let error as HTTPClientError where isShutdown.contains(error):
            return DragomanClientError(.cancelled, "The client was shut down.", cause: error)
        case let error as HTTPClientError where isLate.contains(error):
            return DragomanClientError(.timedOut, "No connection to '\(address.authority)' in time.", cause: error)
        case is NIOTooManyBytesError:
            return DragomanClientError(.unexpected, "The server's answer is too long.", cause: error)
        default:
            return DragomanClientError(.unreachable, "There is no connection to '\(address.authority)'.", cause: error)
        }
    }
}
