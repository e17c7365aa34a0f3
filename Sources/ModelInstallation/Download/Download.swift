/// One file to download.
struct Download {
    var address: ModelAddress
    /// Where the file is to be. A part of it that lies there already is gone on from.
    var destination: String
    /// What people call it.
    var label: String
    /// The size and checksum that were announced.
    var size: Int?
    var sha256: SHA256Sum?
    /// Most bytes that are taken.
    var limit: Int
}
