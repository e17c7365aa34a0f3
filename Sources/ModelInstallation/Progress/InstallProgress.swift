/// What an installation is doing, for whoever waits for it.
package enum InstallProgress: Sendable, Equatable {
    /// Bytes of a file have come. Without a total, the server does not say how many there will be.
    case downloading(file: String, received: Int, total: Int?)
    /// A download stopped and is taken up again after a wait.
    case interrupted(reason: String, wait: Duration)
    /// Bytes of a model folder are copied.
    case copying(done: Int, total: Int)
    /// Bytes of a package are unpacked.
    case unpacking(done: Int, total: Int)
    /// Bytes are compared with their checksums, or checksums are made of them.
    case checking(done: Int, total: Int)
    /// The model is loaded, to see that it runs.
    case loading
}
